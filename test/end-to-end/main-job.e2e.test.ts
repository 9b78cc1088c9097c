import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  committedReceptionIds,
  faultsOfAudit,
  faultsOfDeliveries,
  faultsOfEvents,
  faultsOfQuarantine,
  faultsOfReadings,
  pushFleet,
  pushers,
  settleScene,
  startScene,
  type AuditFigures,
  type Scene,
} from '@envigate/test-support';

// The main job on both event logs, each service a process of its own: what 20 stations push with
// real clients is stored once, delivered once and in order, or in quarantine with its reason.
jest.setTimeout(300_000);

const stations = 20;
const files = 2_000;

describe.each(['postgres', 'kafka'] as const)('the main job on the %s event log', (eventLog) => {
  let scene: Scene;
  let audit: AuditFigures;

  beforeAll(async () => {
    scene = await startScene({ eventLog, layout: 'process-per-service', stations, files });
    await pushFleet({
      fleet: scene.fleet,
      dir: `${scene.dir}/push`,
      pushers,
      target: scene.pushTarget,
      chunkFiles: 50,
      parallel: 4,
      attempts: 1,
    });
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

  test('a reader of committed records sees each file event once', async () => {
    expect(
      await faultsOfEvents(scene.database, await committedReceptionIds(scene, eventLog)),
    ).toEqual([]);
  });
});
