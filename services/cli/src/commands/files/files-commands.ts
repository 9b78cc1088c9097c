import type { Configuration } from '@envigate/contracts';
import type { Command } from 'commander';
import { CommandError, fromTime, oneObject, toTime } from '../../options.ts';
import type { FilesOptions } from './list.ts';
import type { RereadOptions } from './reread.ts';

const listOnly = ['name', 'account', 'outcome', 'limit'] as const;

/** `envigate files …`; each command is loaded when it is used. */
export function addFilesCommands(
  program: Command,
  configuration: () => Promise<Configuration>,
): void {
  const files = program
    .command('files')
    .description(
      'kết quả xử lý tệp, mới nhất trước · what became of files, the newest first: what they brought, why not, where it went',
    )
    .option('--name <name>', 'a file name, or the beginning of one with * after it, in quotes')
    .option('--station <code>')
    .option('--account <code>')
    .option('--outcome <outcome>', 'stored, duplicate or quarantined')
    .option(...fromTime({ vi: 'nhận', en: 'received' }))
    .option(...toTime({ vi: 'nhận', en: 'received' }))
    .option('--limit <number>', 'so many at most; default: 20')
    .option(...oneObject)
    .action(async (options: FilesOptions) => {
      const { printFiles } = await import('./list.ts');
      await printFiles(await configuration(), options);
    });
  files
    .command('reread')
    .description(
      'đọc lại tệp đã lưu theo danh mục hiện tại · read stored files again by the registry as it is now, after a correction of it',
    )
    .option('--station <code>', 'the station whose files are meant; must be given')
    .option(...fromTime({ vi: 'tệp', en: 'files' }))
    .option(...toTime({ vi: 'tệp', en: 'files' }))
    .option(
      '--by <time>',
      'which time counts: data (as it is stored now), reception, or any of them',
      'any',
    )
    .option('--note <text>', 'why; kept with the revisions')
    .option('--dry-run', 'only report what would change')
    .option('--no-wait', 'do not wait until they are recorded')
    .option(...oneObject)
    // The parent takes options that both have, wherever they are written.
    .action(async (_own: unknown, command: Command) => {
      for (const option of listOnly)
        if (files.opts()[option] !== undefined)
          throw new CommandError({
            vi: `\`files reread\` không có tùy chọn --${option}`,
            en: `--${option} is no option of \`files reread\``,
          });
      const { rereadFiles } = await import('./reread.ts');
      await rereadFiles(await configuration(), command.optsWithGlobals<RereadOptions>());
    });
}
