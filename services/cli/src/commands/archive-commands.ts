import type { Command } from 'commander';
import type { Configuration } from '@envigate/contracts';
import { oneObject } from '../shared/options.ts';
import type { ArchiveCommandOptions } from './archive.ts';

/** `envigate archive …`; each command is loaded when it is used. */
export function addArchiveCommands(
  program: Command,
  configuration: () => Promise<Configuration>,
): void {
  const archive = program
    .command('archive')
    .description(
      'lưu trữ một tháng ra thư mục và lấy khỏi cơ sở dữ liệu · write a month to a folder, prove it, and remove it from the database; interrupted, the same command goes on',
    )
    .option(
      '--month <yyyy-mm>',
      'tháng (UTC), hoặc before: mọi thứ trước tháng đầu tiên · a month (UTC), or before: all before the first month',
    )
    .option(
      '--due',
      'mọi tháng đến hạn theo retention.record.keepMonths · all months that are due by retention.record.keepMonths',
    )
    .option(
      '--to <folder>',
      'bản lưu trữ là thư mục envigate-<tháng> trong đó · the archive becomes the folder envigate-<month> in it',
    )
    .action(async (options: ArchiveCommandOptions) => {
      const { archiveMonths } = await import('./archive.ts');
      await archiveMonths(await configuration(), options);
    });
  archive
    .command('verify')
    .description(
      'kiểm tra một bản lưu trữ, không cần cơ sở dữ liệu · prove an archive from its files alone; exit status 1 where something is wrong',
    )
    .argument('<folder>', 'thư mục của bản lưu trữ · the folder of an archive')
    .option(...oneObject)
    .action(async (folder: string, options: { json?: true }) => {
      const { printVerified } = await import('./archive.ts');
      process.exitCode = await printVerified(folder, options);
    });
  archive
    .command('restore')
    .description('đưa một tháng trở lại cơ sở dữ liệu · put a month back into the database')
    .argument('<folder>', 'thư mục của bản lưu trữ · the folder of an archive')
    .action(async (folder: string) => {
      const { restoreMonth } = await import('./archive.ts');
      await restoreMonth(await configuration(), folder);
    });
  archive
    .command('list')
    .description(
      'các tháng đã lưu trữ: ở đâu, khi nào, ai làm · what is archived, where, when and by whom',
    )
    .option(...oneObject)
    .action(async (options: { json?: true }) => {
      const { printArchives } = await import('./archive.ts');
      await printArchives(await configuration(), options);
    });
}
