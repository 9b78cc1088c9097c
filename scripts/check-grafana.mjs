// `make check-grafana GRAFANA_URL=…`: imports every dashboard through Grafana's HTTP API, has Grafana run the
// queries of its variables and panels, and lists what failed. Rights of an editor; GRAFANA_TOKEN, or user and
// password in the address.
import { pathToFileURL } from 'node:url';
import { expandChoices, readDashboards } from '../test/support/dist/index.js';

/**
 * @param {{ url: string, token?: string }} access
 * @returns {Promise<{ checked: number, faults: string[] }>}
 */
export async function checkGrafana({ url, token }) {
  const { origin, pathname, username, password } = new URL(url);
  const base = `${origin}${pathname.replace(/\/$/, '')}`;
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  const authorization = token ? `Bearer ${token}` : `Basic ${basic.toString('base64')}`;
  const faults = [];
  let checked = 0;

  const call = async (path, body) => {
    const response = await fetch(`${base}${path}`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 300)}`);
    return JSON.parse(text);
  };

  const uidOf = (dashboard, datasource) => {
    const name = /^\$\{(\w+)\}$/.exec(datasource.uid)?.[1];
    return dashboard.templating.list.find((variable) => variable.name === name).current.value;
  };

  /** Frames of one query, run by Grafana over the last hour. */
  const run = async (dashboard, query) => {
    const datasource = { ...query.datasource, uid: uidOf(dashboard, query.datasource) };
    const { results } = await call('/api/ds/query', {
      from: 'now-1h',
      to: 'now',
      queries: [{ ...query, datasource, intervalMs: 15_000, maxDataPoints: 240 }],
    });
    const result = results[query.refId];
    if (result?.error !== undefined) throw new Error(result.error);
    return result?.frames ?? [];
  };

  const choose = async (dashboard, variable, choices) => {
    const { datasource, multi } = variable;
    const isSql = datasource.type !== 'prometheus';
    const text = expandChoices(variable.query, isSql ? 'sql' : 'promql', choices);
    const [, metric, label] = /^label_values\((.+), (\w+)\)$/.exec(text) ?? [];
    const query = isSql
      ? { refId: 'A', datasource, rawSql: text, format: 'table' }
      : { refId: 'A', datasource, expr: `group by (${label}) (${metric})`, instant: true };
    const frames = await run(dashboard, query);
    const values = isSql
      ? frames.flatMap(({ schema, data }) => {
          const at = schema.fields.findIndex(({ name }) => name === '__value');
          return data.values[at] ?? [];
        })
      : frames.flatMap(({ schema }) =>
          schema.fields.flatMap(({ labels }) => labels?.[label] ?? []),
        );
    if (values.length === 0) throw new Error(`the variable '${variable.name}' has no value`);
    return (multi ? values : values.slice(0, 1)).map(String);
  };

  const check = async (what, work) => {
    checked += 1;
    try {
      await work();
    } catch (error) {
      faults.push(`${what}: ${error.message}`);
    }
  };

  for (const dashboard of readDashboards()) {
    await check(`${dashboard.uid}: import`, () =>
      call('/api/dashboards/db', { dashboard, overwrite: true, message: 'make check-grafana' }),
    );
    const choices = new Map();
    for (const variable of dashboard.templating.list.filter(({ type }) => type === 'query'))
      await check(`${dashboard.uid}: variable ${variable.name}`, async () => {
        choices.set(variable.name, await choose(dashboard, variable, choices));
      });
    for (const panel of dashboard.panels)
      for (const target of panel.targets)
        await check(`${dashboard.uid}: ${panel.title} ${target.refId}`, () => {
          const query = { ...target };
          if (target.rawSql !== undefined)
            query.rawSql = expandChoices(target.rawSql, 'sql', choices);
          if (target.expr !== undefined) query.expr = expandChoices(target.expr, 'promql', choices);
          return run(dashboard, query);
        });
  }
  return { checked, faults };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const url = process.env['GRAFANA_URL'];
  if (!url) {
    console.error(
      'GRAFANA_URL is not set: make check-grafana GRAFANA_URL=https://user:password@grafana.example.org',
    );
    process.exit(2);
  }
  const { checked, faults } = await checkGrafana({ url, token: process.env['GRAFANA_TOKEN'] });
  for (const fault of faults) console.log(`✗ ${fault}`);
  console.log(`${checked - faults.length} of ${checked} without fault`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
