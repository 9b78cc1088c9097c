import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import {
  canReadEvents,
  committedReceptionIds,
  faultsOfAudit,
  faultsOfDeliveries,
  faultsOfEvents,
  faultsOfQuarantine,
  faultsOfReadings,
  installedPushers,
  killAtRandom,
  pushFleet,
  seededRandom,
  settleScene,
  startScene,
  type AuditFigures,
  type Scene,
} from '@envigate/test-support';
import { describeOnEventLogs } from '../end-to-end/testing/describe-on-event-logs.ts';

// Any service killed with SIGKILL at random moments while 1,000 files are pushed: the result is
// the same as without. `make test-long` pushes 2,000. Repeat a run with ENVIGATE_TEST_SEED=<the seed it printed>.
jest.setTimeout(420_000);

const stations = 20;
const files = 4 * Number(process.env['ENVIGATE_TEST_FILES'] ?? 250);
const kills = 20;
const seed = Number(process.env['ENVIGATE_TEST_SEED'] ?? Date.now() % 1_000_000);

describeOnEventLogs('%s event log, 20 kills', (eventLog) => {
  let scene: Scene;
  let audit: AuditFigures;
  let killed: readonly string[];

  beforeAll(async () => {
    scene = await startScene({ eventLog, layout: 'process-per-service', stations, files });
    const pushed = pushFleet({
      fleet: scene.fleet,
      dir: `${scene.dir}/push`,
      pushers: installedPushers(),
      target: scene.pushTarget,
      // Small portions: what a killed receiver interrupted is sent again, as loggers do.
      chunkFiles: 10,
      parallel: 4,
      attempts: 60,
    });
    killed = await killAtRandom({
      victims: [...scene.gateway.processes.values()],
      kills,
      withinMs: 2_500,
      random: seededRandom(seed),
    });
    console.info(`${eventLog}, seed ${seed}: killed ${killed.join(', ')}`);
    await pushed;
    audit = await settleScene(scene, 180_000);
  });
  afterAll(() => scene?.stop());

  test('the kills happened', () => {
    expect(killed).toHaveLength(kills);
    expect(new Set(killed).size).toBeGreaterThan(1);
  });

  test('the audit accounts for every reception', () => {
    expect(faultsOfAudit(scene.fleet, audit, { exactly: false })).toEqual([]);
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
});
