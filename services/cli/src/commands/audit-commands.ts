import type { Command } from 'commander';
import type { Configuration } from '@envigate/contracts';
import { oneObject } from '../shared/options.ts';
import type { AuditOptions } from './audit.ts';
import type { ExplainOptions } from './explain.ts';

/** `envigate audit …`; each command is loaded when it is used. */
export function addAuditCommands(
  program: Command,
  configuration: () => Promise<Configuration>,
): void {
  const audit = program
    .command('audit')
    .description(
      'đối chiếu mọi tệp đã nhận và kiểm tra phần mới của sổ ghi nhận · account for every file received, and prove what came since the last checkpoint; exit status 1 where something is wrong',
    )
    .option(
      '--full',
      'kiểm tra lại toàn bộ, tiếp tục nếu đã bị dừng · recompute everything, in pieces; goes on where it was interrupted',
    )
    .option('--restart', 'cùng --full: bắt đầu lại từ đầu · with --full: from the beginning')
    .option('--verify', 'tên cũ của --full · older name of --full')
    .option(
      '--since-head <file|text>',
      'chứng minh từ mã đã lưu của `audit head` · prove that the record still has this head, and what came since',
    )
    .option(
      '--archives <folder...>',
      'thư mục có bản lưu trữ: kiểm tra cả các tháng đã lưu trữ · folders with archives: prove the archived months too',
    )
    .option('--json', 'một đối tượng JSON · one JSON object')
    .action(async (options: AuditOptions) => {
      const { printAudit } = await import('./audit.ts');
      process.exitCode = await printAudit(await configuration(), options);
    });
  audit
    .command('head')
    .description(
      'mã hiện tại của sổ ghi nhận, để lưu ở nơi khác · the heads of all chains of the ledger as one line, to be kept elsewhere',
    )
    .option(...oneObject)
    .action(async (_own: unknown, command: Command) => {
      const { printHead } = await import('./audit.ts');
      await printHead(await configuration(), command.optsWithGlobals<{ json?: true }>());
    });
  audit
    .command('explain')
    .description(
      'toàn bộ quá trình của một tệp hoặc một giá trị · the whole story of one file or reading: reception, original, line, rules, revisions, deliveries, receipt, persons',
    )
    .argument(
      '<item...>',
      'mã lượt nhận, số, mã hoặc tên tệp; hoặc trạm, thông số, thời điểm · a reception id, the number, id or name of a file; or station, parameter, instant',
    )
    .option('--account <code>', 'tài khoản gửi tệp · the account that sent the file')
    .option(...oneObject)
    .action(async (words: string[], _own: unknown, command: Command) => {
      const { explain } = await import('./explain.ts');
      await explain(words, await configuration(), command.optsWithGlobals<ExplainOptions>());
    });
}
