import type { Command } from 'commander';
import type { Configuration } from '@envigate/contracts';
import type { GapEntry } from '@envigate/domain';
import { oneObject } from '../shared/options.ts';
import type { GapEntryOptions } from './gap-records.ts';

const idOfGap = 'số thứ tự trong `gaps` · number of the gap, as `gaps` shows it';
const why = ['--note <text>', 'ghi chú, lưu cùng nội dung · why; kept with the entry'] as const;

/** `envigate gaps show|acknowledge|…`; each command is loaded when it is used. */
export function addGapRecordCommands(
  gaps: Command,
  configuration: () => Promise<Configuration>,
): void {
  gaps
    .command('show')
    .description('nguyên nhân, phản hồi, văn bản, lịch sử · what was stated of a gap, and by whom')
    .argument('<id>', idOfGap)
    .option('--letter <number>', 'lưu tệp đính kèm này · save this letter')
    .option('--save <file>', 'tên tệp để lưu · where; default: its name')
    .option(...oneObject)
    .action(async (id: string, _: unknown, command: Command) => {
      const { showGapRecord } = await import('./gap-records.ts');
      const { save, ...options } = command.optsWithGlobals<{ letter?: string; save?: string }>();
      await showGapRecord(id, await configuration(), {
        ...options,
        ...(save !== undefined && { to: save }),
      });
    });

  const entry = (kind: GapEntry['kind'], description: string): Command =>
    gaps
      .command(kind)
      .description(description)
      .argument('<id>', idOfGap)
      .option(...why)
      .option(...oneObject)
      .action(async (id: string, _: unknown, command: Command) => {
        const { enterGapEntry } = await import('./gap-records.ts');
        const options = command.optsWithGlobals<GapEntryOptions>();
        await enterGapEntry(id, kind, await configuration(), options);
      });
  entry('acknowledge', 'nhận phụ trách · take care of a gap: nobody above is written to').option(
    '--person <name>',
    'người phụ trách, mặc định: người dùng hiện tại · who; default: this user',
  );
  entry('hand-over', 'chuyển người phụ trách · hand a gap over').option(
    '--person <name>',
    'người phụ trách mới · who takes care of it from now on',
  );
  entry('cause', 'nhập nguyên nhân · state the cause of a gap')
    .option('--cause <code>', 'mã nguyên nhân, mặc định: unknown · why; an unknown code lists them')
    .option('--words <text>', 'mô tả; bắt buộc với other · in words; needed for other')
    .option('--remedy <text>', 'biện pháp khắc phục · what is done about it')
    .option('--restart <time>', 'dự kiến khôi phục · when data are expected again')
    .option('--document <text>', 'số, ngày văn bản · number and date of a letter')
    .option('--letter <file...>', 'tệp PDF hoặc JPEG · the letter itself');
  entry('confirm', "xác nhận phản hồi của cơ sở · confirm the facility's answer");
  entry(
    'ask-back',
    'đề nghị cơ sở làm rõ, qua thư có đường dẫn mới · ask the facility by mail, with a new link',
  ).option('--question <text>', 'nội dung · what is asked');

  gaps
    .command('revoke-link')
    .description('thu hồi đường dẫn phản hồi của thông báo · take the links of a notice back')
    .argument('<code>', 'mã thông báo · code of the notice, as GD-2026-000123')
    .action(async (code: string) => {
      const { revokeAnswerLinks } = await import('./gap-records.ts');
      await revokeAnswerLinks(code, await configuration());
    });
}
