import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { readDashboards, repositoryRoot } from '@envigate/test-support';

// `make check-grafana` against what speaks Grafana's HTTP API, as its documentation has it: imports, and answers of
// queries as frames.

interface Query {
  readonly refId: string;
  readonly datasource: { readonly uid: string };
  readonly rawSql?: string;
  readonly expr?: string;
}

let server: Server | undefined;
afterEach(() => void server?.close());

/** Answers every query; `fails` names those that it refuses. */
async function startGrafana(fails: (query: Query) => boolean) {
  const imported: string[] = [];
  const queries: Query[] = [];
  const authorizations = new Set<string | undefined>();
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      authorizations.add(request.headers.authorization);
      const body = JSON.parse(Buffer.concat(parts).toString()) as {
        dashboard?: { uid: string };
        queries?: Query[];
      };
      if (body.dashboard !== undefined) imported.push(body.dashboard.uid);
      const results = Object.fromEntries(
        (body.queries ?? []).map((query) => {
          queries.push(query);
          return [query.refId, fails(query) ? { error: 'refused for the test' } : answerOf(query)];
        }),
      );
      response.end(JSON.stringify({ results }));
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { host: `127.0.0.1:${port}`, imported, queries, authorizations };
}

function answerOf({ expr = '' }: Query) {
  const label = /^group by \((\w+)\)/.exec(expr)?.[1];
  const fields = label === undefined ? [{ name: '__value' }] : [{ labels: { [label]: 'one' } }];
  return { frames: [{ schema: { fields }, data: { values: [['one']] } }] };
}

function check(host: string): Promise<{ code: number; lines: string[] }> {
  const env = { ...process.env, GRAFANA_URL: `http://editor:p%40ss@${host}/`, GRAFANA_TOKEN: '' };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(repositoryRoot, 'scripts/check-grafana.mjs')],
      { env },
      (error, stdout) =>
        resolve({ code: Number(error?.code ?? 0), lines: stdout.trim().split('\n') }),
    );
  });
}

test('imports every dashboard and has every query run, with what is chosen in it', async () => {
  const grafana = await startGrafana(() => false);
  const { code, lines } = await check(grafana.host);
  expect({ code, lines }).toEqual({
    code: 0,
    lines: [expect.stringMatching(/^(\d+) of \1 without fault$/)],
  });
  expect(grafana.imported).toEqual(readDashboards().map(({ uid }) => uid));
  expect(grafana.authorizations).toEqual(new Set([`Basic ${btoa('editor:p@ss')}`]));
  const targets = readDashboards().flatMap(({ panels }) =>
    panels.flatMap((panel) => panel.targets),
  );
  expect(grafana.queries.length).toBeGreaterThan(targets.length);
  // The macros are Grafana's to expand.
  expect(
    grafana.queries.filter(({ rawSql, expr }) => /\$\{?[a-z]/.test(`${rawSql} ${expr}`)),
  ).toEqual([]);
  expect(grafana.queries.some(({ rawSql = '' }) => rawSql.includes('$__timeFilter('))).toBe(true);
  expect(new Set(grafana.queries.map(({ datasource }) => datasource.uid))).toEqual(
    new Set(['envigate-prometheus', 'envigate-postgres']),
  );
});

test('lists what failed, and ends with 1', async () => {
  const grafana = await startGrafana(({ rawSql = '' }) => rawSql.includes('grafana.for_a_person'));
  const { code, lines } = await check(grafana.host);
  expect(code).toBe(1);
  expect(lines.slice(0, -1)).toEqual([
    '✗ envigate-flow: Việc chờ người xử lý · What needs a person A: refused for the test',
  ]);
});
