import type { Command } from 'commander';
import type { Configuration } from '@envigate/contracts';
import { oneObject } from '../shared/options.ts';
import type { AuditOptions } from './audit.ts';

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
}
