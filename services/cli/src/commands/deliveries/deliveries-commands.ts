import type { Configuration } from '@envigate/contracts';
import type { Command } from 'commander';
import { oneObject } from '../../options.ts';
import type { DecideOptions } from './decide.ts';
import type { ListOptions } from './list.ts';

/** `envigate deliveries …`; each command is loaded when it is used. */
export function addDeliveriesCommands(
  program: Command,
  configuration: () => Promise<Configuration>,
): void {
  const deliveries = program
    .command('deliveries')
    .description('what is sent to the ministry, and what is not');
  withSelection(
    deliveries.command('list').description('list them, the latest due first'),
    'due, sent, refused, set-aside or withheld',
  )
    .option('--limit <number>', 'so many at most; default: 100')
    .option(...oneObject)
    .action(async (options: ListOptions) => {
      const { printDeliveries } = await import('./list.ts');
      await printDeliveries(await configuration(), options);
    });
  for (const [decision, description] of [
    ['retry', 'send what was refused, set aside or skipped, in the order of its data'],
    ['skip', 'do not send what is due, refused or set aside; `retry` brings it back'],
  ] as const) {
    withSelection(
      deliveries
        .command(decision)
        .description(description)
        .argument('[id...]', 'numbers of deliveries, as `list` shows them'),
      'due, refused, set-aside or withheld',
    )
      .requiredOption('--note <text>', 'why; kept with each delivery')
      .option(...oneObject)
      .action(async (ids: string[], options: DecideOptions) => {
        const { decideDeliveries } = await import('./decide.ts');
        await decideDeliveries(decision, ids, await configuration(), options);
      });
  }
  addTargetCommands(deliveries, configuration);
}

function addTargetCommands(deliveries: Command, configuration: () => Promise<Configuration>): void {
  const target = deliveries.command('target').description('where deliveries go');
  target
    .command('test')
    .description(
      'connect to a target, log in and open its folder as the forwarder does (it is made where it is missing); no file is sent',
    )
    .argument(
      '<code>',
      'of the registry; its secret is read from the environment, as by the forwarder',
    )
    .option('--upload', 'also store, rename and remove a small file, envigate-probe-….txt')
    .option(...oneObject)
    .action(async (code: string, options: { upload?: true; json?: true }) => {
      const { testTarget } = await import('./test-target.ts');
      process.exitCode = await testTarget(code, await configuration(), options);
    });
}

function withSelection(command: Command, states: string): Command {
  return command
    .option('--target <code>', 'also one that the registry does not know any more')
    .option('--station <code>')
    .option('--state <state>', states)
    .option('--from <time>', 'with data from this time on (RFC 3339)')
    .option('--to <time>', 'with data before this time (RFC 3339)');
}
