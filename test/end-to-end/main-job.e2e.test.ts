import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import {
  canReadEvents,
  committedReceptionIds,
  eventually,
  faultsOfAudit,
  faultsOfDeliveries,
  faultsOfEvents,
  faultsOfQuarantine,
  faultsOfReadings,
  installedPushers,
  pushFleet,
  settleScene,
  startScene,
  type AuditFigures,
  type Scene,
} from '@envigate/test-support';
import { describeOnEventLogs } from './testing/describe-on-event-logs.ts';
import { followBoard, lookAtBoard, type BoardSighting } from './testing/follow-board.ts';

// The main job on both event logs, each service a process of its own: what 20 stations push with
// real clients is stored once, delivered once and in order, or in quarantine with its reason.
jest.setTimeout(300_000);

const stations = 20;
const files = 2_000;

describeOnEventLogs('the main job on the %s event log', (eventLog) => {
  let scene: Scene;
  let audit: AuditFigures;
  let sightings: readonly BoardSighting[];

  beforeAll(async () => {
    scene = await startScene({ eventLog, layout: 'process-per-service', stations, files });
    const board = followBoard(scene.gateway.consoleUrl);
    await pushFleet({
      fleet: scene.fleet,
      dir: `${scene.dir}/push`,
      pushers: installedPushers(),
      target: scene.pushTarget,
      chunkFiles: 50,
      parallel: 4,
      attempts: 1,
    });
    sightings = await board.stop();
    audit = await settleScene(scene);
  });
  afterAll(() => scene?.stop());

  test('the audit accounts for every reception', () => {
    expect(faultsOfAudit(scene.fleet, audit, { exactly: true })).toEqual([]);
  });

  test('each reading is stored once, with the value that was sent', async () => {
    expect(await faultsOfReadings(scene.fleet, scene.database)).toEqual([]);
  });

  test('each broken file and line is in quarantine with its reason', async () => {
    expect(await faultsOfQuarantine(scene.fleet, scene.database)).toEqual([]);
  });

  test('each understood file is delivered once and in order', () => {
    expect(faultsOfDeliveries(scene.fleet, scene.standIn.entries)).toEqual([]);
  });

  (canReadEvents(eventLog) ? test : test.skip)(
    'a reader of committed records sees each file event once',
    async () => {
      expect(
        await faultsOfEvents(scene.database, await committedReceptionIds(scene, eventLog)),
      ).toEqual([]);
    },
  );

  test('the board shows the flow while it goes on, and in the end every file', async () => {
    expect(sightings.filter(({ status }) => status !== 200)).toEqual([]);
    expect(sightings.some(({ received }) => received > 0 && received < audit.stored)).toBe(true);
    const [today] = await scene.database.query<{ files: number }>(
      `SELECT count(*) AS files FROM receptions
       WHERE received_at >= date_trunc('day', now(), 'Asia/Ho_Chi_Minh')`,
    );
    // The record is asked every five seconds at most.
    const { html } = await eventually(async () => {
      const shown = await lookAtBoard(scene.gateway.consoleUrl);
      expect(shown).toMatchObject({ status: 200, received: today?.files });
      return shown;
    });
    for (const { code } of scene.fleet.registry.stations) expect(html).toContain(`>${code}<`);
    expect(html).toContain('Không có tệp chờ truyền');
  });
});
