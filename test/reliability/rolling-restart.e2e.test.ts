import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import {
  Loggers,
  eventually,
  faultsOfScene,
  serviceNames,
  settleScene,
  startScene,
  type Fleet,
  type Scene,
} from '@envigate/test-support';
import { describeOnOneEventLog } from '../end-to-end/testing/describe-on-event-logs.ts';

// An upgrade as systemd and Kubernetes do it: each service in turn gets SIGTERM, is waited for and started again, while
// loggers send over FTP and SFTP and try again what failed.
jest.setTimeout(300_000);

/** As TimeoutStopSec and terminationGracePeriodSeconds have it. */
const stopWithinMs = 60_000;
/** The files of a restart come evenly over about so long. */
const restartMs = 2_000;
const files = Number(process.env['ENVIGATE_TEST_FILES'] ?? 120);

describeOnOneEventLog('kafka', 'a restart of every service in turn on %s', (eventLog) => {
  let scene: Scene;
  const senders: Loggers[] = [];
  /** Of each service; undefined where it had to be killed. */
  const statuses = new Map<string, number | undefined>();
  const interruptions = new Map<string, number>();

  beforeAll(async () => {
    scene = await startScene({ eventLog, layout: 'process-per-service', stations: 4, files });
    const { fleet, gateway, pushTarget } = scene;
    for (const [place, name] of serviceNames.entries()) {
      const service = gateway.processes.get(name)!;
      const loggers = new Loggers({
        fleet: { ...fleet, sendings: partOf(fleet, place) },
        target: pushTarget,
        withinMs: restartMs,
      });
      senders.push(loggers);
      const sending = loggers.sendAll();
      await eventually(() => expect(loggers.acknowledged.length).toBeGreaterThan(0));
      statuses.set(name, await service.stop(stopWithinMs));
      service.start();
      await gateway.ready();
      await sending;
      interruptions.set(name, loggers.interruptions);
    }
  });
  afterAll(async () => {
    await Promise.all(senders.map((loggers) => loggers.stop()));
    await scene?.stop();
  });

  test('each ends by itself, and loggers feel that of the receiver alone', () => {
    expect([...statuses]).toEqual(serviceNames.map((name) => [name, 0]));
    const felt = [...interruptions].filter(([, times]) => times > 0).map(([name]) => name);
    expect(felt).toEqual(['receiver']);
  });

  test('loses nothing, doubles nothing, and keeps the order', async () => {
    const { fleet, gateway, database, topicPrefix, standIn } = scene;
    const audit = await settleScene(scene);
    const faults = await faultsOfScene({
      ...{ fleet, gateway, database, eventLog, topicPrefix, audit },
      acknowledged: senders.flatMap((loggers) => loggers.acknowledged),
      journal: standIn.entries,
    });
    expect(faults).toEqual([]);
  });
});

/** What each account sends while one of the services is restarted: its sendings in equal parts, in their order. */
function partOf({ sendings }: Fleet, place: number): Fleet['sendings'] {
  return new Map(
    [...sendings].map(([account, all]) => {
      const bound = (part: number): number => Math.round((all.length * part) / serviceNames.length);
      return [account, all.slice(bound(place), bound(place + 1))];
    }),
  );
}
