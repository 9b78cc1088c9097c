import type { Command } from 'commander';
import type { Configuration } from '@envigate/contracts';
import { fromTime, ofStation, oneObject, toTime } from '../shared/options.ts';
import type { AddStopOptions, ChangeStopOptions, ListStopsOptions } from './stops.ts';

const idOfStop = 'số thứ tự lần dừng trong `stops list` · number of the stop, as `list` shows it';
const why = ['--note <text>', 'lý do, lưu cùng lần dừng · why; kept with the stop'] as const;

/** `envigate stops …`; each command is loaded when it is used. */
export function addStopsCommands(
  program: Command,
  configuration: () => Promise<Configuration>,
): void {
  const stops = program
    .command('stops')
    .description(
      'dừng có kế hoạch: bảo trì, kiểm định, cơ sở dừng hoạt động · planned stops: time in which stations are meant not to send',
    );
  stops
    .command('list')
    .description('danh sách, mới nhập trước · list them, the last entered first')
    .option(...ofStation)
    .option(...fromTime({ vi: 'dừng', en: 'stops' }))
    .option(...toTime({ vi: 'dừng', en: 'stops' }))
    .option('--cancelled', 'kể cả lần dừng đã hủy · cancelled ones too')
    .option('--limit <number>', 'số dòng tối đa, mặc định 100 · so many at most; default: 100')
    .option(...oneObject)
    .action(async (options: ListStopsOptions) => {
      const { printStops } = await import('./stops.ts');
      await printStops(await configuration(), options);
    });
  stops
    .command('show')
    .description('lịch sử của một lần dừng · every version of a stop: who changed what, and why')
    .argument('<id>', idOfStop)
    .option(...oneObject)
    .action(async (id: string, options: { json?: true }) => {
      const { showStop } = await import('./stops.ts');
      await showStop(id, await configuration(), options);
    });
  withStop(
    stops
      .command('add')
      .description(
        'nhập lần dừng, kể cả đã qua · enter a stop, also one of the past: gaps are judged anew',
      )
      .option('--station <code>', 'của trạm này · of this station')
      .option('--facility <code>', 'của mọi trạm thuộc cơ sở · of every station of the facility')
      .option(
        '--province <code>',
        'của mọi trạm trong tỉnh, mã như trong tên tệp · of every station of the province, by its code in file names',
      )
      .option('--hours <number>', 'số giờ dừng, thay cho --to · how long, in place of --to'),
  )
    .option(...oneObject)
    .action(async (options: AddStopOptions) => {
      const { addStop } = await import('./stops.ts');
      await addStop(await configuration(), options);
    });
  withStop(
    stops
      .command('correct')
      .description('sửa lần dừng · correct a stop; what is not given stays')
      .argument('<id>', idOfStop),
  )
    .requiredOption(...why)
    .option(...oneObject)
    .action(async (id: string, options: ChangeStopOptions) => {
      const { changeStop } = await import('./stops.ts');
      await changeStop(id, 'correct', await configuration(), options);
    });
  stops
    .command('end')
    .description('kết thúc sớm lần dừng · end a stop early')
    .argument('<id>', idOfStop)
    .option('--at <time>', 'thời điểm kết thúc, mặc định: hiện tại · when it ended; default: now')
    .requiredOption(...why)
    .option(...oneObject)
    .action(async (id: string, options: ChangeStopOptions) => {
      const { changeStop } = await import('./stops.ts');
      await changeStop(id, 'end', await configuration(), options);
    });
  stops
    .command('cancel')
    .description('hủy lần dừng; vẫn còn trong lịch sử · cancel a stop; its history stays')
    .argument('<id>', idOfStop)
    .requiredOption(...why)
    .option(...oneObject)
    .action(async (id: string, options: ChangeStopOptions) => {
      const { changeStop } = await import('./stops.ts');
      await changeStop(id, 'cancel', await configuration(), options);
    });
}

/** What a stop is said to be. */
function withStop(command: Command): Command {
  return command
    .option('--from <time>', 'bắt đầu dừng, mặc định: hiện tại · when it begins; default: now')
    .option('--to <time>', 'kết thúc dừng · when it ends')
    .option('--restart <time>', 'dự kiến hoạt động trở lại · when it should send again')
    .option(
      '--parameters <codes>',
      'các thông số dừng, cách nhau bằng dấu phẩy, mặc định: toàn bộ · which parameters stop, separated by commas; default: all',
    )
    .option(
      '--reason <reason>',
      'lý do: inspection-calibration, maintenance, repair, reconfiguration, power-cut, facility-stopped, natural-disaster, other · why',
    )
    .option('--words <text>', 'ghi rõ; bắt buộc khi lý do là other · in words; needed for other');
}
