import type { Command } from 'commander';
import type { Configuration } from '@envigate/contracts';
import { fromTime, ofAccount, ofStation, oneObject, toTime } from '../shared/options.ts';
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
    .option(
      '--resolved',
      'các mục đã xử lý thay vì chờ xử lý · those that were resolved, in place of those that are open',
    )
    .option('--counts', 'số lượng theo lý do · how much there is for which reason')
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
    .argument('<id>', 'số thứ tự trong `list` · number of the row, as `list` shows it')
    .option(...oneObject)
    .action(async (id: string, options: { json?: true }) => {
      const { showQuarantine } = await import('./quarantine.ts');
      await showQuarantine(id, await configuration(), options);
    });
  quarantine
    .command('download')
    .description('tải tệp gốc · write the original to standard output or a file, byte for byte')
    .argument('<id>', 'số thứ tự trong `list` · number of the row, as `list` shows it')
    .option('--out <file>', 'tệp đích, chưa có trên đĩa · a file that is not there yet')
    .action(async (id: string, options: { out?: string }) => {
      const { downloadOriginal } = await import('./quarantine.ts');
      await downloadOriginal(id, await configuration(), options);
    });
  withSelection(
    quarantine
      .command('replay')
      .description('xử lý lại tệp · process stored files again')
      .argument('[id...]', 'các số thứ tự trong `list` · numbers of rows'),
  )
    .option('--all', 'mọi mục chờ xử lý · everything that is open')
    .option(
      '--assign-station <code>',
      'ghi nhận tệp cho trạm này, không theo tên tệp · take the files for this station, whatever their names say',
    )
    .option(
      '--profile <code>',
      'đọc theo cấu hình đọc này · read them by this profile, whatever station and account say',
    )
    .option(
      '--as-whole',
      'xác nhận các tệp gửi chưa được xác nhận là đầy đủ · confirm that the interrupted files are complete',
    )
    .option('--note <text>', 'lý do, lưu cùng tệp · why; kept with the files')
    .option('--dry-run', 'chạy thử, chỉ xem kết quả · only show what would become of them')
    .option('--no-wait', 'không chờ đến khi ghi xong · do not wait until they are recorded')
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
    .argument('<id...>', 'các số thứ tự trong `list` · numbers of rows')
    .option('--note <text>', 'lý do, lưu cùng các mục · why; kept with the rows')
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
    .argument('<station>', 'mã trạm · code of the station')
    .argument('<symbol>', 'ký hiệu datalogger ghi · as the logger writes it')
    .argument('<parameter>', 'mã thông số trong danh mục thông số · code of the catalogue')
    .action(async (station: string, symbol: string, parameter: string) => {
      const { mapSymbolTo } = await import('./symbols.ts');
      await mapSymbolTo({ station, symbol, parameter }, await configuration());
    });
}

function withSelection(command: Command): Command {
  return command
    .option(...ofAccount)
    .option(...ofStation)
    .option(
      '--scope <scope>',
      'tệp hoặc dòng: file, line · whole files or single lines: file, line',
    )
    .option('--reason <code>', 'mã lý do · code of the reason')
    .option(
      '--text <text>',
      "một phần tên tệp hoặc nội dung dòng · a part of the file's name or of the line",
    )
    .option(...fromTime({ vi: 'cách ly', en: 'quarantined' }))
    .option(...toTime({ vi: 'cách ly', en: 'quarantined' }));
}
