import type { Command } from 'commander';
import type { Configuration } from '@envigate/contracts';
import { fromTime, ofStation, oneObject, toTime } from '../shared/options.ts';
import type { DecideOptions, ListOptions } from './notices.ts';

/** `envigate notices …`; each command is loaded when it is used. */
export function addNoticesCommands(
  program: Command,
  configuration: () => Promise<Configuration>,
): void {
  const notices = program
    .command('notices')
    .description('thông báo qua thư điện tử về gián đoạn · notices by e-mail about gaps');
  notices
    .command('list')
    .description('danh sách, mới nhất trước · list them, the newest first')
    .option(
      '--state <state>',
      'trạng thái thư · with a mail that is due, sending, sent, refused, failed or cancelled',
    )
    .option('--kind <kind>', 'loại thông báo · of this kind, as gap-12h')
    .option(...ofStation)
    .option(...fromTime({ vi: 'lập', en: 'made' }))
    .option(...toTime({ vi: 'lập', en: 'made' }))
    .option('--limit <number>', 'số dòng tối đa, mặc định 100 · so many at most; default: 100')
    .option(...oneObject)
    .action(async (options: ListOptions) => {
      const { printNotices } = await import('./notices.ts');
      await printNotices(await configuration(), options);
    });
  notices
    .command('show')
    .description('nội dung và từng thư của một thông báo · words and mails of one')
    .argument('<code>', 'mã thông báo, ví dụ GD-2026-000123 · its code')
    .option(...oneObject)
    .action(async (code: string, options: { json?: true }) => {
      const { showNotice } = await import('./notices.ts');
      await showNotice(code, await configuration(), options);
    });
  notices
    .command('test')
    .description(
      'kiểm tra kết nối máy chủ thư · connect to the mail server and log in, with the settings and secrets of this environment',
    )
    .option('--to <address>', 'đồng thời gửi một thư thử · also send a test mail there')
    .option(...oneObject)
    .action(async (options: { to?: string; json?: true }) => {
      const { testNotices } = await import('./notices.ts');
      process.exitCode = await testNotices(await configuration(), options);
    });
  for (const [decision, description] of [
    [
      'resend',
      'gửi lại · send again what was sent, refused, given up or cancelled, as a mail of its own',
    ],
    ['cancel', 'không gửi · do not send what is due, refused or given up'],
  ] as const)
    notices
      .command(decision)
      .description(description)
      .argument('<code>', 'mã thông báo, ví dụ GD-2026-000123 · code of the notice')
      .option('--to <address>', 'chỉ thư gửi đến địa chỉ này · only the mail to this address')
      .requiredOption('--note <text>', 'lý do, lưu cùng thư · why; kept with the mails')
      .option(...oneObject)
      .action(async (code: string, options: DecideOptions) => {
        const { decideNotice } = await import('./notices.ts');
        await decideNotice(decision, code, await configuration(), options);
      });
}
