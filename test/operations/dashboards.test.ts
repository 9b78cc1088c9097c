import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readDashboards, repositoryRoot } from '@envigate/test-support';

// Rules for every dashboard that is delivered. Their queries are run in test/end-to-end/dashboards.e2e.test.ts.

const dashboards = readDashboards();
const metrics = readFileSync(join(repositoryRoot, 'docs/reference/telemetry.md'), 'utf8');
const guide = readFileSync(join(repositoryRoot, 'docs/operators/grafana.md'), 'utf8');
const panels = dashboards.flatMap((dashboard) =>
  dashboard.panels.map((panel) => ({ of: `${dashboard.uid}: ${panel.title}`, dashboard, panel })),
);
const targets = panels.flatMap(({ of, panel }) =>
  panel.targets.map((target) => ({ of: `${of} ${target.refId}`, panel, target })),
);
const promql = targets.flatMap(({ of, target: { expr, ...target } }) =>
  expr === undefined ? [] : [{ of, expr, target }],
);
const sql = targets.flatMap(({ of, panel, target: { rawSql, format } }) =>
  rawSql === undefined ? [] : [{ of, rawSql, format, panel }],
);

/** Vietnamese, then English; a word that is the same in both once. */
function expectBothLanguages(text: string): void {
  const [vi, en, ...more] = text.split(' · ');
  expect(vi).toMatch(/[\u00c0-\u1ef9]/);
  expect(en).toMatch(/^[\x20-\x7e\u2212]+$/);
  expect(more).toEqual([]);
}

test('there are seven, each with its section in the guide', () => {
  expect(dashboards).toHaveLength(7);
  expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(7);
  for (const { uid, title } of dashboards) {
    expect(guide).toContain(`\`${uid}\``);
    expect(guide).toContain(title.split(' · ')[1]);
  }
});

describe.each(dashboards)('$title', (dashboard) => {
  test('is what Grafana 11 to 13 provision from a file, and is not edited there', () => {
    expect([41, 42]).toContain(dashboard.schemaVersion);
    expect(dashboard).toMatchObject({ editable: false, tags: ['envigate'] });
    expect(dashboard.uid).toMatch(/^envigate-[a-z]+$/);
    expectBothLanguages(dashboard.title);
    expectBothLanguages(dashboard.description);
  });

  test('lays its panels out without overlap, within 24 columns', () => {
    const taken = new Set<string>();
    for (const { gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken).not.toContain(`${x},${y}`);
          taken.add(`${x},${y}`);
        }
    }
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('declares the variables that it uses, before they are used, and no others', () => {
    const variables = dashboard.templating.list;
    const names = variables.map(({ name }) => name);
    const usedBy = (text: string): string[] =>
      Array.from(text.matchAll(/\$\{?([a-z]\w*)/g), ([, name]) => name!);
    for (const [i, { query }] of variables.entries())
      expect(names.slice(0, i)).toEqual(expect.arrayContaining(usedBy(query)));
    const used = new Set([
      ...usedBy(JSON.stringify(dashboard.panels)),
      ...variables.flatMap(({ query }) => usedBy(query)),
      ...['console', 'prometheus', 'postgres'],
    ]);
    expect(names.filter((name) => !used.has(name))).toEqual([]);
    expect([...used].filter((name) => !names.includes(name))).toEqual([]);
  });

  test('reads from data sources that are chosen above it', () => {
    for (const { datasource } of dashboard.templating.list)
      if (datasource !== undefined) expect(datasource.uid).toMatch(/^\$\{(prometheus|postgres)\}$/);
    for (const panel of dashboard.panels)
      for (const { datasource } of [panel, ...panel.targets])
        expect(datasource).toEqual(
          expect.objectContaining({ uid: expect.stringMatching(/^\$\{(prometheus|postgres)\}$/) }),
        );
  });
});

describe.each(panels)('$of', ({ panel }) => {
  test('says what it shows, in which unit, and what it shows without data', () => {
    if (panel.repeat === undefined) expectBothLanguages(panel.title);
    else expect(panel.title).toBe(`\${${panel.repeat}:text}`);
    expectBothLanguages(panel.description);
    expect(panel.fieldConfig.defaults.unit).toMatch(/^\w+$/);
    expectBothLanguages(panel.fieldConfig.defaults.noValue ?? '');
  });

  test('has a refId of its own for each query', () => {
    const refIds = panel.targets.map(({ refId }) => refId);
    expect(refIds.length).toBeGreaterThan(0);
    expect(new Set(refIds).size).toBe(refIds.length);
  });

  test('links to pages that exist', () => {
    const pages = Array.from(JSON.stringify(panel).matchAll(/\/d\/([\w-]+)/g), ([, uid]) => uid);
    const known = dashboards.map(({ uid }) => uid);
    expect(pages.filter((uid) => !known.includes(uid!))).toEqual([]);
  });
});

describe.each(promql)('$of', ({ expr, target }) => {
  test('asks for metrics that the gateway has, of the chosen job', () => {
    const selectors = Array.from(
      expr.matchAll(/\b(envigate|process|nodejs)_\w+\{[^}]*\}|\bup\{[^}]*\}/g),
      ([text]) => text,
    );
    const names = expr.match(/\b(?:envigate|process|nodejs)_\w+|\bup\b/g) ?? [];
    expect(selectors).toHaveLength(names.length);
    expect(selectors.filter((text) => !text.includes('job=~"$job"'))).toEqual([]);
    const undocumented = names.filter(
      (name) => name !== 'up' && !metrics.includes(`| \`${name.replace(/_bucket$/, '')}\` |`),
    );
    expect(undocumented).toEqual([]);
  });

  test('has no fixed window or job, and hides nothing', () => {
    const windows = Array.from(expr.matchAll(/\[([^\]]*)\]/g), ([, window]) => window);
    expect(windows.filter((window) => !/^\$__(rate_interval|range)$/.test(window!))).toEqual([]);
    expect(expr).not.toMatch(/job="|\bor\s+vector|\bor\s+on|vector\(/);
    if (target.format !== 'table') expect(target.legendFormat).not.toBe('');
  });
});

describe.each(sql)('$of', ({ rawSql, format, panel }) => {
  test('reads the views for dashboards, by their names', () => {
    const statement = rawSql.replace(/extract\(epoch FROM /g, '(');
    const read = Array.from(
      statement.matchAll(/\b(?:FROM|JOIN)\s+(?!LATERAL\b)([\w.]+)/g),
      ([, name]) => name!,
    );
    expect(read.length).toBeGreaterThan(0);
    expect(read.filter((name) => !/^grafana\.\w+$/.test(name))).toEqual([]);
  });

  test('quotes what is chosen, and has an order', () => {
    const chosen = rawSql.match(/\$\{?[a-z]\w*[^\s)]*/g) ?? [];
    expect(chosen.filter((text) => !/^\$\{\w+:sqlstring\}$/.test(text))).toEqual([]);
    if (!/^SELECT count\(\*\)|FROM grafana\.station_now\s+WHERE station IN \(\S+\)$/.test(rawSql))
      expect(rawSql).toMatch(/ORDER BY/);
    if (format === 'time_series') expect(rawSql).toMatch(/\$__time(Filter|From)\(/);
  });

  test('has the columns that the panel names', () => {
    const named = panel.fieldConfig.overrides
      .filter(({ matcher }) => matcher.id === 'byName')
      .map(({ matcher }) => matcher.options);
    const all = panel.targets.map((target) => target.rawSql ?? '').join('\n');
    if (all.includes(' AS metric')) return; // there the names are values
    expect(named.filter((name) => !new RegExp(`\\b${name}\\b`).test(all))).toEqual([]);
  });
});
