import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Session } from '@envigate/postgres';
import {
  canTestWith,
  eventually,
  expandPromql,
  expandSql,
  installedPushers,
  pushFleet,
  readDashboards,
  settleScene,
  startPrometheus,
  startScene,
  type Choices,
  type Dashboard,
  type DashboardTime,
  type Scene,
  type Target,
  type TestPrometheus,
} from '@envigate/test-support';

// Every query of every dashboard on a real Prometheus and a real PostgreSQL, filled by a real run, expanded as
// Grafana expands it and asked as its role: accepted, in the shape that its panel needs, with data where a quiet
// run brings some and without where it brings none.
jest.setTimeout(300_000);

const dashboards = readDashboards();
const queries = dashboards.flatMap((dashboard) =>
  dashboard.panels.flatMap((panel) =>
    panel.targets.map((target) => ({
      of: `${dashboard.uid}: ${panel.title} ${target.refId}`,
      ...{ dashboard, panel, target },
    })),
  ),
);

/** What does not happen in a quiet run: such a counter has no series yet. */
const emptyHere: ReadonlySet<string> = new Set([
  'envigate-delivery: Lần truyền lỗi · Failed attempts A',
  // Prometheus has no rules here.
  'envigate-flow: Cảnh báo hệ thống · Alerts A',
  'envigate-flow: Trạm đang gián đoạn · Silent stations A',
  'envigate-gaps: Đang gián đoạn theo mức · Open gaps by level A',
  'envigate-gaps: Thông báo theo loại · Notices by kind A',
  'envigate-internals: Cổng không nhận được tệp · Doors that take no files A',
  'envigate-internals: Nhật ký sự kiện: lặp lại và để riêng · Event log: retries and poison A',
  'envigate-internals: Nhật ký sự kiện: lặp lại và để riêng · Event log: retries and poison B',
  'envigate-internals: Nhật ký sự kiện: lặp lại và để riêng · Event log: retries and poison C',
  'envigate-internals: Đăng nhập · Logins B',
  'envigate-quality: Ký hiệu chưa khai báo · Unknown symbols A',
  'envigate-quality: Quy tắc kiểm tra chuỗi số liệu · Rules over time A',
  'envigate-quality: Tệp tạm giữ lâu nhất · Files held longest A',
  'envigate-quality: Đang tạm giữ · Held files A',
]);

/** A gap opens, or not, by the order in which files arrive. */
const emptyOrNot: ReadonlySet<string> = new Set([
  'envigate-gaps: Thay đổi của khoảng gián đoạn · Changes of gaps A',
]);

(canTestWith('prometheus') ? describe : describe.skip)('the dashboards', () => {
  let scene: Scene;
  let prometheus: TestPrometheus;
  let began: Date;
  const choicesOf = new Map<string, Choices>();

  beforeAll(async () => {
    began = new Date();
    scene = await startScene({
      eventLog: 'postgres',
      layout: 'one-process',
      stations: 4,
      files: 80,
    });
    prometheus = await startPrometheus(`${scene.dir}/prometheus`, [
      new URL(scene.gateway.consoleUrl).host,
    ]);
    await pushFleet({
      ...{ fleet: scene.fleet, dir: `${scene.dir}/push`, target: scene.pushTarget },
      ...{ pushers: installedPushers().slice(0, 1), chunkFiles: 40, parallel: 2, attempts: 1 },
    });
    await askConsole(scene);
    await settleScene(scene);
    await askConsole(scene);
    await addRareThings(scene.database);
    for (const dashboard of dashboards)
      choicesOf.set(dashboard.uid, await eventually(() => choose(dashboard)));
  });
  afterAll(async () => {
    await prometheus?.stop();
    await scene?.stop();
  });

  /** From before the oldest data of the fleet to now. */
  const time = (): DashboardTime => ({
    from: new Date(began.getTime() - 24 * 3_600_000),
    ...{ to: new Date(), intervalMs: 300_000, scrapeMs: 1_000 },
  });
  /** Since the run began, as there are no metrics before. */
  const ofRun = (): DashboardTime => ({ ...time(), from: began, intervalMs: 5_000 });

  /** As the role of dashboards, with what is set for it. */
  const ask = (sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> =>
    scene.database.transaction(async (tx) => {
      await tx.execute('SET LOCAL ROLE grafana_reader; SET LOCAL enable_seqscan = off');
      return tx.query(sql);
    });

  /** "All" of each variable, or its first value where it takes one; each has a value. */
  async function choose(dashboard: Dashboard): Promise<Choices> {
    const choices = new Map<string, readonly string[]>();
    for (const variable of dashboard.templating.list.filter(({ type }) => type === 'query')) {
      const values =
        variable.datasource?.type === 'prometheus'
          ? await labelValues(expandPromql(variable.query, ofRun(), choices))
          : (await ask(expandSql(variable.query, time(), choices))).map((row) => {
              expect(Object.keys(row).sort()).toEqual(['__text', '__value']);
              return String(row['__value']);
            });
      if (values.length === 0) throw new Error(`${dashboard.uid}: no value of ${variable.name}`);
      choices.set(variable.name, variable.multi ? values : values.slice(0, 1));
    }
    return choices;
  }

  async function labelValues(query: string): Promise<string[]> {
    const [, metric, label] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
    const series = await prometheus.query(`group by (${label}) (${metric})`);
    return series.map((each) => each.metric[label!] ?? '');
  }

  test.each(queries.filter(({ target }) => target.expr !== undefined))(
    '$of',
    ({ of, dashboard, target }) =>
      eventually(
        async () => {
          const expr = expandPromql(target.expr!, ofRun(), choicesOf.get(dashboard.uid)!);
          const samples = await samplesOf(expr, target);
          expect(
            samples.every(([, value]) => !Number.isNaN(Number(value)) || value === 'NaN'),
          ).toBe(true);
          const finite = samples.filter(([, value]) => Number.isFinite(Number(value)));
          if (!emptyOrNot.has(of)) expect(finite.length > 0).toBe(!emptyHere.has(of));
        },
        { timeoutMs: emptyHere.has(of) ? 5_000 : 30_000 },
      ),
  );

  async function samplesOf(
    expr: string,
    target: Target,
  ): Promise<readonly (readonly [number, string])[]> {
    if (target.instant === true) return (await prometheus.query(expr)).map(({ value }) => value);
    const { from, to, intervalMs } = ofRun();
    const series = await prometheus.queryRange(expr, from, to, intervalMs / 1000);
    return series.flatMap(({ values }) => values);
  }

  test.each(queries.filter(({ target }) => target.rawSql !== undefined))(
    '$of',
    async ({ of, dashboard, panel, target }) => {
      const choices = new Map(choicesOf.get(dashboard.uid));
      // Such a panel is there once for each value.
      if (panel.repeat !== undefined)
        choices.set(panel.repeat, choices.get(panel.repeat)!.slice(0, 1));
      const rows = await ask(expandSql(target.rawSql!, time(), choices));
      expect(rows.length > 0).toBe(!emptyHere.has(of));
      if (target.format === 'time_series') expectSeries(rows);
    },
  );
});

/** The long form of series: a time that does not go back, at most one name, numbers; one row for a time and name. */
function expectSeries(rows: readonly Readonly<Record<string, unknown>>[]): void {
  let before = -Infinity;
  const seen = new Set<string>();
  for (const { time, metric, ...values } of rows) {
    const at = time instanceof Date ? time.getTime() : Number(time) * 1000;
    expect(at).toBeGreaterThanOrEqual(before);
    before = at;
    if (metric !== undefined) expect(typeof metric).toBe('string');
    expect(Object.keys(values)).toHaveLength(1);
    for (const value of Object.values(values)) expect(Number.isFinite(Number(value))).toBe(true);
    const place = `${at} ${String(metric)}`;
    expect(seen).not.toContain(place);
    seen.add(place);
  }
}

async function askConsole({ gateway }: Scene): Promise<void> {
  expect((await fetch(`${gateway.consoleUrl}/api/v1/overview`)).status).toBe(200);
}

/** What a quiet run of minutes does not bring, as the services would have written it. */
async function addRareThings(session: Session): Promise<void> {
  await session.execute(`
    INSERT INTO gaps (station_id, kind, from_instant, to_instant, level, opened_at, closed_at)
    SELECT station_id, 'transmission', now() - interval '23 hours', now() - interval '10 hours', '12h', now(), now()
    FROM station_keys;
    INSERT INTO planned_stops (stop_id, version, scope, code, from_instant, to_instant, reason, words, cancelled, actor, note)
    SELECT nextval('planned_stop_ids'), 1, 'station', min(station), now() - interval '1 hour', now() + interval '1 hour',
           'maintenance', '', false, 'test', ''
    FROM station_keys;
    INSERT INTO reception_outages (receiver, door, from_instant, to_instant, cause, evidence, planned, detail)
    VALUES ('test', 'ftp', now() - interval '2 hours', now() - interval '1 hour', 'stopped', 'reported', false, '');
    INSERT INTO notices (code, event_key, kind, audience, stations) VALUES ('GD-2026-000001', 'test', 'gap-12h', 'office', '{}');
    INSERT INTO notice_mails (notice_id, address, message_id, subject, text_body, html_body, state, ended_at)
    SELECT notice_id, 'office@example.org', 'test', '', '', '', 'refused', now() FROM notices;
    INSERT INTO quarantine (reception_id, file_no, account, scope, reason, expected, text)
    SELECT reception_id, file_no, account, 'line', 'unreadable-time', '', '' FROM receptions LIMIT 1;
    UPDATE readings SET flag = 4, reasons = '{out-of-range@1}'
    WHERE extract(minute FROM instant)::integer % 2 = 0;
    UPDATE deliveries SET state = CASE WHEN delivery_id % 2 = 0 THEN 'refused' ELSE 'due' END, failure_code = 4,
                          due_at = now(), gather = '1 day'
    WHERE delivery_id IN (SELECT delivery_id FROM deliveries ORDER BY delivery_id DESC LIMIT 4);`);
}
