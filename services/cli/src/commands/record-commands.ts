import type { Command } from 'commander';
import type { Configuration } from '@envigate/contracts';
import {
  CommandError,
  fromTime,
  ofAccount,
  ofStation,
  oneObject,
  toTime,
} from '../shared/options.ts';
import type { FilesOptions } from './files.ts';
import type { RereadOptions } from './replay.ts';
import type { DecideOptions, ListOptions } from './deliveries.ts';

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
    .option(
      '--name <name>',
      'tên tệp, hoặc phần đầu kèm dấu *, đặt trong dấu nháy · a file name, or the beginning of one with * after it, in quotes',
    )
    .option(...ofStation)
    .option(...ofAccount)
    .option(
      '--outcome <outcome>',
      'kết quả: stored, duplicate hoặc quarantined · what became of them',
    )
    .option(...fromTime({ vi: 'nhận', en: 'received' }))
    .option(...toTime({ vi: 'nhận', en: 'received' }))
    .option('--limit <number>', 'số dòng tối đa, mặc định 20 · so many at most; default: 20')
    .option(...oneObject)
    .action(async (options: FilesOptions) => {
      const { printFiles } = await import('./files.ts');
      await printFiles(await configuration(), options);
    });
  files
    .command('reread')
    .description(
      'đọc lại tệp đã lưu theo danh mục hiện tại · read stored files again by the registry as it is now, after a correction of it',
    )
    .option(
      '--station <code>',
      'trạm cần đọc lại tệp (bắt buộc) · the station whose files are meant; must be given',
    )
    .option(...fromTime({ vi: 'tệp', en: 'files' }))
    .option(...toTime({ vi: 'tệp', en: 'files' }))
    .option(
      '--by <time>',
      'tính theo thời gian: data (số liệu), reception (nhận tệp), any (một trong hai) · which time counts: data (as it is stored now), reception, or any of them',
      'any',
    )
    .option('--note <text>', 'lý do, lưu cùng các lần thay thế · why; kept with the revisions')
    .option('--dry-run', 'chạy thử, không thay đổi · only report what would change')
    .option('--no-wait', 'không chờ đến khi ghi xong · do not wait until they are recorded')
    .option(...oneObject)
    // The parent takes options that both have, wherever they are written.
    .action(async (_own: unknown, command: Command) => {
      for (const option of listOnly)
        if (files.opts()[option] !== undefined)
          throw new CommandError({
            vi: `\`files reread\` không có tùy chọn --${option}`,
            en: `--${option} is no option of \`files reread\``,
          });
      const { rereadFiles } = await import('./replay.ts');
      await rereadFiles(await configuration(), command.optsWithGlobals<RereadOptions>());
    });
}

/** `envigate deliveries …`; each command is loaded when it is used. */
export function addDeliveriesCommands(
  program: Command,
  configuration: () => Promise<Configuration>,
): void {
  const deliveries = program
    .command('deliveries')
    .description('các lượt truyền về Bộ · deliveries to the ministry');
  withDeliverySelection(
    deliveries
      .command('list')
      .description('danh sách, mới nhất trước · list them, the latest due first'),
    'due, sent, refused, set-aside, withheld',
  )
    .option('--limit <number>', 'số dòng tối đa, mặc định 100 · so many at most; default: 100')
    .option(...oneObject)
    .action(async (options: ListOptions) => {
      const { printDeliveries } = await import('./deliveries.ts');
      await printDeliveries(await configuration(), options);
    });
  for (const [decision, description] of [
    ['retry', 'truyền lại · send what was refused, set aside or skipped, in the order of its data'],
    [
      'skip',
      'bỏ qua, không truyền · do not send what is due, refused or set aside; `retry` brings it back',
    ],
  ] as const) {
    withDeliverySelection(
      deliveries
        .command(decision)
        .description(description)
        .argument(
          '[id...]',
          'số thứ tự lượt truyền trong `list` · numbers of deliveries, as `list` shows them',
        ),
      'due, refused, set-aside, withheld',
    )
      .requiredOption(
        '--note <text>',
        'lý do, lưu cùng từng lượt truyền · why; kept with each delivery',
      )
      .option(...oneObject)
      .action(async (ids: string[], options: DecideOptions) => {
        const { decideDeliveries } = await import('./deliveries.ts');
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
      'mã trong danh mục; mật khẩu đọc từ biến môi trường · code in the registry; its secret is read from the environment, as by the forwarder',
    )
    .option(
      '--upload',
      'gửi, đổi tên và xóa một tệp nhỏ envigate-probe-….txt · also store, rename and remove a small file',
    )
    .option(...oneObject)
    .action(async (code: string, options: { upload?: true; json?: true }) => {
      const { testTarget } = await import('./deliveries.ts');
      process.exitCode = await testTarget(code, await configuration(), options);
    });
}

function withDeliverySelection(command: Command, states: string): Command {
  return command
    .option(
      '--target <code>',
      'mã máy chủ nhận, kể cả khi không còn trong danh mục · code of a target, also of one that the registry does not know any more',
    )
    .option(...ofStation)
    .option('--state <state>', `trạng thái · one of: ${states}`)
    .option(...fromTime({ vi: 'có số liệu', en: 'with data' }))
    .option(...toTime({ vi: 'có số liệu', en: 'with data' }));
}

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
      const { printReaders } = await import('./log.ts');
      await printReaders(await configuration(), options);
    });
  log
    .command('forget')
    .description(
      'bỏ một bên đọc không còn dùng · keep records no longer for a reader that will not come back',
    )
    .argument(
      '<reader>',
      'tên trong `readers`; dịch vụ của bên đọc phải dừng · as `readers` shows it; its service is stopped',
    )
    .option(
      '--unread <number>',
      'số bản ghi chưa đọc, nếu có · records that it leaves unread, where there are any',
    )
    .option(...oneObject)
    .action(async (reader: string, options: { unread?: string; json?: true }) => {
      const { forget } = await import('./log.ts');
      await forget(reader, await configuration(), options);
    });
}
