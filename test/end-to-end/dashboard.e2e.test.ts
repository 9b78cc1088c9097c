import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  canTestWith,
  eventually,
  installedPushers,
  pushFleet,
  repositoryRoot,
  settleScene,
  startPrometheus,
  startScene,
  type Scene,
  type TestPrometheus,
} from '@envigate/test-support';

// Every query of the dashboards on a real Prometheus and a real PostgreSQL, filled by a real run:
// it must be accepted and return rows.
jest.setTimeout(180_000);

interface Target {
  readonly panel: string;
  readonly expr?: string;
  readonly rawSql?: string;
}

const dashboard = JSON.parse(
  readFileSync(join(repositoryRoot, 'deploy/grafana/dashboards/is-data-flowing.json'), 'utf8'),
) as {
  title: string;
  panels: { title: string; description: string; targets: Omit<Target, 'panel'>[] }[];
};
const targets: readonly Target[] = dashboard.panels.flatMap((panel) =>
  panel.targets.map((target) => ({ panel: panel.title, ...target })),
);

test.each([
  dashboard.title,
  ...dashboard.panels.flatMap(({ title, description }) => [title, description]),
])('says it in Vietnamese, then in English: %s', (text) => {
  const [vi, en, ...more] = text.split(' · ');
  expect(vi).toMatch(/[\u00c0-\u1ef9]/);
  expect(en).toMatch(/^[\x20-\x7e]+$/);
  expect(more).toEqual([]);
});

(canTestWith('prometheus') ? describe : describe.skip)('the dashboard "Is data flowing?"', () => {
  let scene: Scene;
  let prometheus: TestPrometheus;

  beforeAll(async () => {
    scene = await startScene({
      eventLog: 'postgres',
      layout: 'process-per-service',
      stations: 4,
      files: 80,
    });
    const target = scene.pushTarget;
    const pushed = { fleet: scene.fleet, dir: `${scene.dir}/push`, target };
    await pushFleet({
      ...pushed,
      pushers: installedPushers(),
      chunkFiles: 40,
      parallel: 2,
      attempts: 1,
    });
    await settleScene(scene);
    prometheus = await startPrometheus(`${scene.dir}/prometheus`, scene.gateway.metricsTargets);
  });
  afterAll(async () => {
    await prometheus?.stop();
    await scene?.stop();
  });

  test('has queries of both kinds', () => {
    expect(targets.filter((target) => target.expr !== undefined).length).toBeGreaterThan(3);
    expect(targets.filter((target) => target.rawSql !== undefined).length).toBeGreaterThan(3);
  });

  test.each(targets.filter((target) => target.expr !== undefined))('$panel: $expr', ({ expr }) =>
    // A rate needs two scrapes.
    eventually(async () => expect((await prometheus.query(expr!)).length).toBeGreaterThan(0)),
  );

  test.each(targets.filter((target) => target.rawSql !== undefined))(
    '$panel: $rawSql',
    async ({ rawSql }) => {
      const sql = rawSql!.replace(/\$__timeFilter\((\w+)\)/g, "$1 > now() - interval '1 hour'");
      expect(sql).not.toContain('$__');
      expect((await scene.database.query(sql)).length).toBeGreaterThan(0);
    },
  );
});
