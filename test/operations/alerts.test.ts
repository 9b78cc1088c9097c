import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { canTestWith, repositoryRoot } from '@envigate/test-support';

// The alerts that are delivered: each is right in its cases, has its page, and asks for what there is.

interface Rules {
  readonly groups: readonly { readonly rules: readonly Alert[] }[];
}

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

interface Cases {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly unknown[];
    }[];
  }[];
}

const prometheus = join(repositoryRoot, 'deploy/prometheus');
const alertmanager = join(repositoryRoot, 'deploy/alertmanager/alertmanager.yaml');
const read = (path: string): unknown => parse(readFileSync(path, 'utf8'));
const isCases = (name: string): boolean => name.endsWith('.test.yaml');
const names = readdirSync(join(prometheus, 'alerts'));
const ruleFiles = names.filter((name) => !isCases(name));
const alerts = ruleFiles.flatMap((name) =>
  (read(join(prometheus, 'alerts', name)) as Rules).groups.flatMap(({ rules }) => rules),
);
const guide = readFileSync(join(repositoryRoot, 'docs/operators/alerts.md'), 'utf8');
const metrics = readFileSync(join(repositoryRoot, 'docs/reference/telemetry.md'), 'utf8');

const run = async (program: string, ...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(program, args, { cwd: prometheus })).stdout;

test('are all read by the Prometheus of the deployment, named in full', () => {
  const { rule_files } = read(join(prometheus, 'prometheus.yml')) as {
    rule_files: readonly string[];
  };
  expect(rule_files.toSorted()).toEqual(ruleFiles.map((name) => `alerts/${name}`).toSorted());
});

describe.each(alerts)('$alert', ({ alert, expr, labels, annotations }) => {
  test('has a section in the guide, in both languages', () => {
    const section = guide.split(/^### /m).find((text) => text.startsWith(`${alert}\n`));
    expect(section).toMatch(/^\w+\n\n_[^\n]*[\u00c0-\u1ef9][^]*[.?]_\s[A-Z`]/);
  });

  test('says it in Vietnamese, then in English', () => {
    for (const text of [annotations.summary, annotations.description]) {
      const [vi, en, ...more] = text.split(' · ');
      expect(vi).toMatch(/[\u00c0-\u1ef9]/);
      expect(en).toMatch(/^[\x20-\x7e]+$/);
      expect(more).toEqual([]);
    }
    expect(['critical', 'warning', 'none']).toContain(labels.severity);
  });

  test('asks for metrics that the gateway has', () => {
    const asked = expr.match(/\b(?:envigate|process|nodejs)_[a-z0-9_]+/g) ?? [];
    const documented = asked.filter((name) =>
      metrics.includes(`| \`${name.replace(/_bucket$/, '')}\` |`),
    );
    expect(documented).toEqual(asked);
  });

  test('has a case in which it fires', () => {
    const fires = names
      .filter(isCases)
      .flatMap((name) => (read(join(prometheus, 'alerts', name)) as Cases).tests)
      .flatMap(({ alert_rule_test }) => alert_rule_test)
      .filter(({ alertname, exp_alerts }) => alertname === alert && exp_alerts.length > 0);
    expect(fires).not.toEqual([]);
  });
});

(canTestWith('promtool') ? describe : describe.skip)('promtool', () => {
  test('finds nothing wrong with rules and configuration', async () => {
    const files = ruleFiles.map((name) => `alerts/${name}`);
    await run('promtool', 'check', 'rules', '--lint-fatal', ...files);
    await run('promtool', 'check', 'config', '--lint-fatal', 'prometheus.yml');
  });

  test.each(names.filter(isCases))('finds each case of %s as expected', async (name) => {
    expect(await run('promtool', 'test', 'rules', `alerts/${name}`)).toContain('SUCCESS');
  });
});

(canTestWith('amtool') ? describe : describe.skip)('amtool', () => {
  test('accepts the example', async () => {
    await run('amtool', 'check-config', alertmanager);
  });

  test.each([
    ['EnvigateWatchdog', 'none', 'watchdog'],
    ['EnvigateServiceDown', 'critical', 'duty'],
    ['EnvigateMonthsMissing', 'warning', 'duty'],
  ])('%s goes to whom it should', async (alert, severity, receiver) => {
    const labels = [`alertname=${alert}`, `severity=${severity}`];
    const route = ['config', 'routes', 'test', '--config.file', alertmanager];
    expect((await run('amtool', ...route, ...labels)).trim()).toBe(receiver);
  });

  test('inhibits alerts that exist only', () => {
    const inhibited = readFileSync(alertmanager, 'utf8').match(/\bEnvigate\w+/g) ?? [];
    const known = alerts.map(({ alert }) => alert);
    expect(inhibited.filter((name) => !known.includes(name))).toEqual([]);
  });
});
