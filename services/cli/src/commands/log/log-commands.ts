import type { Configuration } from '@envigate/contracts';
import type { Command } from 'commander';
import { oneObject } from '../../options.ts';

/** `envigate log …`; each command is loaded when it is used. */
export function addLogCommands(
  program: Command,
  configuration: () => Promise<Configuration>,
): void {
  const log = program
    .command('log')
    .description('nhật ký sự kiện giữa các dịch vụ · the event log between the services');
  log
    .command('readers')
    .description(
      'danh sách bên đọc · list who reads it: what a reader has not read is kept for it, however old',
    )
    .option(...oneObject)
    .action(async (options: { json?: true }) => {
      const { printReaders } = await import('./readers.ts');
      await printReaders(await configuration(), options);
    });
  log
    .command('forget')
    .description(
      'bỏ một bên đọc không còn dùng · keep records no longer for a reader that will not come back',
    )
    .argument('<reader>', 'as `readers` shows it; its service is stopped')
    .option('--unread <number>', 'records that it leaves unread, where there are any')
    .option(...oneObject)
    .action(async (reader: string, options: { unread?: string; json?: true }) => {
      const { forget } = await import('./readers.ts');
      await forget(reader, await configuration(), options);
    });
}
