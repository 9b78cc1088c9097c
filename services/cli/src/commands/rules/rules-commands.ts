import type { Configuration } from '@envigate/contracts';
import type { Command } from 'commander';
import { fromTime } from '../../options.ts';
import type { ApplyRulesOptions } from './apply-rules.ts';
import type { ListRulesOptions } from './list-rules.ts';
import type { TryRulesOptions } from './try-rules.ts';

/** `envigate rules …`; each command is loaded when it is used. */
export function addRulesCommands(
  program: Command,
  configuration: () => Promise<Configuration>,
): void {
  const from = fromTime({ vi: 'giá trị đo', en: 'readings' });
  const to = [
    '--to <time>',
    'đến trước thời điểm này · and before this one; default: now',
  ] as const;
  const station = ['--station <code>', 'only of this station'] as const;
  const rules = program
    .command('rules')
    .description('quy tắc kiểm tra chuỗi số liệu · rules over time: flat line, spike, …');
  rules
    .command('list')
    .description('danh sách quy tắc và ngưỡng · the rules of the registry, with their thresholds')
    .option('--json', 'one JSON object per line')
    .action(async (options: ListRulesOptions) => {
      const { listRules } = await import('./list-rules.ts');
      await listRules(await configuration(), options);
    });
  rules
    .command('try')
    .description(
      'chạy thử quy tắc, không thay đổi số liệu · what rules would change in the record; changes nothing',
    )
    .argument('<rules>', 'a YAML file whose rules take the place of their namesakes, or a code')
    .requiredOption(...from)
    .option(...to)
    .option(...station)
    .option('--json', 'one JSON object per line')
    .action(async (named: string, options: TryRulesOptions) => {
      const { tryRules } = await import('./try-rules.ts');
      await tryRules(named, await configuration(), options);
    });
  rules
    .command('apply')
    .description(
      'kiểm tra lại số liệu theo quy tắc trong danh mục · have the assessor judge the record again by the rules of the registry',
    )
    .requiredOption(...from)
    .option(...to)
    .option(...station)
    .action(async (options: ApplyRulesOptions) => {
      const { applyRules } = await import('./apply-rules.ts');
      await applyRules(await configuration(), options);
    });
}
