import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { repositoryRoot } from '../gateway.ts';
import { scaleRules, scaledMs, type RuleFile } from './scale-rules.ts';

const scaledExpr = (expr: string): string =>
  scaleRules({ groups: [{ name: 'g', rules: [{ alert: 'A', expr, for: '15m' }] }] }, 30).groups[0]!
    .rules[0]!.expr;

test('times of a rule run faster, counts and offsets of clocks do not', () => {
  expect(scaledMs('15m', 30)).toBe(30_000);
  expect(scaledExpr('sum by (x) (increase(envigate_a_total[10m])) > 5')).toBe(
    'sum by (x) (increase(envigate_a_total[20000ms])) > 5',
  );
  expect(scaledExpr('max(envigate_notice_mail_oldest_due_seconds) > 3600')).toBe(
    'max(envigate_notice_mail_oldest_due_seconds) > 120',
  );
  expect(scaledExpr('predict_linear(envigate_spool_room_bytes[1h], 4 * 3600) < 0')).toBe(
    'predict_linear(envigate_spool_room_bytes[120000ms], 480) < 0',
  );
  const clock = 'abs(envigate_database_clock_offset_seconds) > 5';
  expect(scaledExpr(clock)).toBe(clock);
});

test('a time that is no such is refused', () => {
  expect(() => scaledMs('a while', 30)).toThrow("'a while' is no time of a rule");
});

const folder = join(repositoryRoot, 'deploy/prometheus/alerts');
const files = readdirSync(folder).filter((name) => !name.endsWith('.test.yaml'));
test.each(files)('no time of %s stays as it was', (name) => {
  const rules = parse(readFileSync(join(folder, name), 'utf8')) as RuleFile;
  const text = JSON.stringify(scaleRules(rules, 30));
  expect(text).not.toMatch(
    /\[\d+[smh]\]|"for":"\d+[smh]"|_(oldest_\w+|age)_seconds\)? > \d{3,4}\b(?!\.)(?<! 1\d\d)/,
  );
});
