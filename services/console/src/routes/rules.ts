import { describeThresholds } from '@envigate/domain';
import type { JsonOperation } from '../operation.ts';
import type { ConsolePorts } from '../ports.ts';
import { boolean, integer, list, orNull, record, text } from '../schema.ts';

const ruleSchema = record('A rule over time; whole as /api/v1/registry/rule/{code} has it.', {
  rule: text('Code.'),
  version: integer('Raised with every change; reasons of readings carry it.'),
  kind: text('What it looks for: flat-line, spike, …'),
  name: record('Its name.', {
    vi: orNull(text('In Vietnamese; null where the registry has none.')),
    en: orNull(text('In English; null where the registry has none.')),
  }),
  thresholds: text('In short.'),
  source: orNull(text('Where the thresholds were read; null where nobody noted it.')),
  verified: boolean('True after a person confirmed the thresholds.'),
  disabled: boolean('True: it judges nothing.'),
});

export function rulesRoutes({ registry }: ConsolePorts): JsonOperation[] {
  return [
    {
      path: '/api/v1/rules',
      operationId: 'listRules',
      summary: 'Rules over time and their thresholds · Quy tắc kiểm tra chuỗi số liệu và ngưỡng',
      tag: 'registry',
      response: record('All of them.', { items: list('As in the registry.', ruleSchema) }),
      handle: () =>
        Promise.resolve({
          items: registry.current().rules.map((rule) => ({
            rule: rule.code,
            version: rule.version,
            kind: rule.kind,
            name: { vi: rule.name ?? null, en: rule.nameEn ?? null },
            thresholds: describeThresholds(rule),
            source: rule.source ?? null,
            verified: rule.verified === true,
            disabled: rule.disabled === true,
          })),
        }),
    },
  ];
}
