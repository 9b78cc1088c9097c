import type { Configuration } from '@envigate/contracts';
import { describeThresholds, labelOf, ruleKindLabels } from '@envigate/domain';
import { readRegistry } from '@envigate/postgres';
import { withStores } from '../../with-stores.ts';

export interface ListRulesOptions {
  readonly json?: true;
}

export async function listRules(config: Configuration, { json }: ListRulesOptions): Promise<void> {
  await withStores(config, async ({ database }) => {
    const { registry } = await readRegistry(database);
    const rules = registry.rules ?? [];
    if (rules.length === 0 && json !== true)
      console.log('danh mục chưa có quy tắc kiểm tra · the registry has no rules');
    for (const rule of rules) {
      if (json === true) {
        console.log(JSON.stringify(rule));
        continue;
      }
      const notes = [
        rule.verified === true ? [] : ['CHƯA XÁC NHẬN · UNVERIFIED'],
        rule.disabled === true ? ['đang tắt · disabled'] : [],
      ].flat();
      const version = `${rule.code}@${rule.version}`.padEnd(20);
      const kind = labelOf(ruleKindLabels, rule.kind).padEnd(46);
      console.log([`${version} ${kind} ${describeThresholds(rule)}`, ...notes].join('   '));
    }
  });
}
