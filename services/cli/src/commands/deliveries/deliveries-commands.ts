import type { Configuration } from '@envigate/contracts';
import type { Command } from 'commander';
import { fromTime, oneObject, toTime } from '../../options.ts';
import type { DecideOptions } from './decide.ts';
import type { ListOptions } from './list.ts';

/** `envigate deliveries …`; each command is loaded when it is used. */
export function addDeliveriesCommands(
  program: Command,
  configuration: () => Promise<Configuration>,
): void {
  const deliveries = program
    .command('deliveries')
    .description('các lượt truyền về Bộ · deliveries to the ministry');
  withSelection(
    deliveries
      .command('list')
      .description('danh sách, mới nhất trước · list them, the latest due first'),
    'due, sent, refused, set-aside or withheld',
  )
    .option('--limit <number>', 'so many at most; default: 100')
    .option(...oneObject)
    .action(async (options: ListOptions) => {
      const { printDeliveries } = await import('./list.ts');
      await printDeliveries(await configuration(), options);
    });
  for (const [decision, description] of [
    ['retry', 'truyền lại · send what was refused, set aside or skipped, in the order of its data'],
    [
      'skip',
      'bỏ qua, không truyền · do not send what is due, refused or set aside; `retry` brings it back',
    ],
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
  const target = deliveries.command('target').description('máy chủ nhận · where deliveries go');
  target
    .command('test')
    .description(
      'kiểm tra kết nối đến máy chủ nhận · connect to a target, log in and open its folder as the forwarder does (it is made where it is missing); no file is sent',
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
    .option(...fromTime({ vi: 'có số liệu', en: 'with data' }))
    .option(...toTime({ vi: 'có số liệu', en: 'with data' }));
}
