import type { Command } from 'commander';
import type { Configuration } from '@envigate/contracts';
import { fromTime, oneObject, toTime } from '../shared/options.ts';
import type { DiscardOptions, ListOptions } from './quarantine.ts';
import type { ReplayOptions } from './replay.ts';
import type { SymbolOptions } from './symbols.ts';

/** `envigate quarantine …` and `envigate symbols …`; each command is loaded when it is used. */
export function addQuarantineCommands(
  program: Command,
  configuration: () => Promise<Configuration>,
): void {
  const quarantine = program
    .command('quarantine')
    .description(
      'khu cách ly: tệp và dòng không đọc được · files and lines that could not be read',
    );
  withSelection(
    quarantine.command('list').description('danh sách, mới nhất trước · list them, newest first'),
  )
    .option('--resolved', 'those that a replay resolved, in place of those that are open')
    .option('--counts', 'how much there is for which reason')
    .option(...oneObject)
    .action(async (options: ListOptions) => {
      const { printQuarantine } = await import('./quarantine.ts');
      await printQuarantine(await configuration(), options);
    });
  quarantine
    .command('show')
    .description(
      'giải thích một mục và cách khắc phục · why one is there, where its fault is, and what to do',
    )
    .argument('<id>', 'number of the row, as `list` shows it')
    .option(...oneObject)
    .action(async (id: string, options: { json?: true }) => {
      const { showQuarantine } = await import('./quarantine.ts');
      await showQuarantine(id, await configuration(), options);
    });
  quarantine
    .command('download')
    .description('tải tệp gốc · write the original to standard output or a file, byte for byte')
    .argument('<id>', 'number of the row')
    .option('--out <file>', 'a file that is not there yet')
    .action(async (id: string, options: { out?: string }) => {
      const { downloadOriginal } = await import('./quarantine.ts');
      await downloadOriginal(id, await configuration(), options);
    });
  withSelection(
    quarantine
      .command('replay')
      .description('xử lý lại tệp · process stored files again')
      .argument('[id...]', 'numbers of rows'),
  )
    .option('--all', 'everything that is open')
    .option('--assign-station <code>', 'take the files for this station, whatever their names say')
    .option('--profile <code>', 'read them by this profile, whatever station and account say')
    .option('--as-whole', 'confirm that the interrupted files are complete')
    .option('--note <text>', 'why; kept with the files')
    .option('--dry-run', 'only show what would become of them')
    .option('--no-wait', 'do not wait until they are recorded')
    .option(...oneObject)
    .action(async (ids: string[], options: ReplayOptions) => {
      const { replayFiles } = await import('./replay.ts');
      await replayFiles(ids, await configuration(), options);
    });

  quarantine
    .command('discard')
    .description(
      'không tiếp nhận tệp có đồng hồ bị đặt lại · leave out what files of a reset clock say: rows of reason clock-reset only; the originals stay',
    )
    .argument('<id...>', 'numbers of rows')
    .option('--note <text>', 'why; kept with the rows')
    .action(async (ids: string[], options: DiscardOptions) => {
      const { discardRows } = await import('./quarantine.ts');
      await discardRows(ids, await configuration(), options);
    });

  const symbols = program
    .command('symbols')
    .description(
      'ký hiệu thông số chưa khai báo · symbols of loggers that the registry does not know',
    );
  symbols
    .command('list')
    .description(
      'danh sách và số liệu kèm theo · list them, with the readings that are kept under them',
    )
    .option(...oneObject)
    .action(async (options: SymbolOptions) => {
      const { printSymbols } = await import('./symbols.ts');
      await printSymbols(await configuration(), options);
    });
  symbols
    .command('map')
    .description(
      'gán ký hiệu cho thông số · say which parameter one is; its readings are then moved by themselves',
    )
    .argument('<station>')
    .argument('<symbol>', 'as the logger writes it')
    .argument('<parameter>', 'code of the catalogue')
    .action(async (station: string, symbol: string, parameter: string) => {
      const { mapSymbolTo } = await import('./symbols.ts');
      await mapSymbolTo({ station, symbol, parameter }, await configuration());
    });
}

function withSelection(command: Command): Command {
  return command
    .option('--account <code>')
    .option('--station <code>')
    .option('--scope <scope>', 'file or line')
    .option('--reason <code>')
    .option('--text <text>', "a part of the file's name or of the line")
    .option(...fromTime({ vi: 'cách ly', en: 'quarantined' }))
    .option(...toTime({ vi: 'cách ly', en: 'quarantined' }));
}
