import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import {
  canReadEvents,
  committedReceptionIds,
  eventually,
  faultsOfEvents,
  killAtRandom,
  seededRandom,
  settleScene,
  startScene,
  type AuditFigures,
  type Scene,
} from '@envigate/test-support';
import { ask } from './testing/ask.ts';
import { describeOnOneEventLog } from './testing/describe-on-event-logs.ts';
import { sendFiles, type SentLine } from './testing/send-files.ts';

// Files under names that no station has wait in quarantine; people cure them over HTTP, and what
// is replayed is recorded once, though recorder, normaliser and forwarder are killed meanwhile.
// Repeat a run with ENVIGATE_TEST_SEED=<the seed it printed>.
jest.setTimeout(420_000);

const kills = Number(process.env['ENVIGATE_TEST_KILLS'] ?? 6);
const seed = Number(process.env['ENVIGATE_TEST_SEED'] ?? Date.now() % 1_000_000);
/** Of a station that is not registered; 500 in `make test-long`. */
const unregistered = Number(process.env['ENVIGATE_TEST_FILES'] ?? 150);
/** Of the station NUO001 under a wrong name: the inside of a gap. */
const misnamed = 3 * unregistered;
/** Of the station NUO002, in a form that only a profile describes. */
const ofDevice = 100;
const minute = 60_000;
const newest = Math.floor(Date.now() / minute - 2) * minute;

describeOnOneEventLog('kafka', 'a replay on the %s event log', (eventLog) => {
  let scene: Scene;
  let killed: readonly string[];
  let batch: string;

  beforeAll(async () => {
    scene = await startScene({ eventLog, layout: 'process-per-service', stations: 2, files: 2 });
    await registerOfficeAndDevice(scene);
    const edges = [newest, newest - (misnamed + 1) * minute];
    await send(scene, 'acc-nuo001', 'HN_ABCD_NUO001', edges);
    await send(scene, 'office', 'TRAM1', minutes(misnamed));
    await send(scene, 'office', 'HN_ABCD_NUOMOI', minutes(unregistered));
    await openFiles(scene, misnamed + unregistered);
  });
  afterAll(() => scene?.stop());

  test('is foreseen', async () => {
    const { files, foreseen } = await ask<{ files: number; foreseen: readonly object[] }>(
      scene,
      'quarantine/replay',
      { ...cure, dryRun: true },
    );
    expect(files).toBe(misnamed);
    expect(foreseen[0]).toMatchObject({ outcome: 'stored', cured: true, station: 'NUO001' });
  });

  test('brings each reading once, whoever is killed', async () => {
    expect(await gaps(scene)).toHaveLength(1);
    const asked = await ask<{ batch: string }>(scene, 'quarantine/replay', cure);
    batch = asked.batch;
    const victims = ['recorder', 'normaliser', 'forwarder'].map((name) =>
      scene.gateway.processes.get(name)!,
    );
    killed = await killAtRandom({ victims, kills, withinMs: 1_500, random: seededRandom(seed) });
    console.info(`${eventLog}, seed ${seed}: killed ${killed.join(', ')}`);
    await eventually(
      async () =>
        expect(await ask(scene, `replays/${batch}`)).toMatchObject({
          ...{ requested: misnamed, underWay: 0, isExpanded: true },
          ...{ stored: misnamed, newReadings: misnamed, corrections: 0 },
        }),
      { timeoutMs: 180_000, everyMs: 1_000 },
    );
    expect(await readingsOf(scene, 'NUO001')).toEqual({
      readings: misnamed + 2,
      files: misnamed + 2,
      revisions: 0,
    });
  });

  test('closes the gap and is delivered, each file once and in order', async () => {
    await eventually(async () => expect(await gaps(scene)).toEqual([]), { timeoutMs: 60_000 });
    await settleScene(scene, 180_000);
    const delivered = await scene.database.query<{ files: number; sent: number }>(
      `SELECT count(DISTINCT file_no) AS files, count(*) FILTER (WHERE state = 'sent') AS sent
       FROM deliveries`,
    );
    expect(delivered).toEqual([{ files: misnamed + 2, sent: misnamed + 2 }]);
  });

  test('asked for again changes nothing', async () => {
    const again = await ask<{ batch: string }>(scene, 'quarantine/replay', cure);
    expect(again.batch).toBe(batch);
    const anew = { ...cure, requestId: 'another' };
    expect(await ask(scene, 'quarantine/replay', anew)).toMatchObject({ files: 0 });
  });

  test('by a profile reads what has no form that is known', async () => {
    const readings = minutes(ofDevice).map((instant) => ({ instant, value: '1.5' }));
    const toLine = ({ symbol, value, unit, time }: SentLine) =>
      ['logger 7', symbol, value, unit, time, '00'].join('\t');
    await sendFiles(scene, 'acc-nuo002', 'HN_ABCD_NUO002', readings, toLine);
    // Counted for each reason: as a whole, and for its line.
    await openFiles(scene, unregistered + 2 * ofDevice);
    const before = await readingsOf(scene, 'NUO002');
    const request = { actor: 'chị Lan', select: { reason: 'unknown-form' }, profile: 'DEVICE' };
    const asked = await ask<{ batch: string }>(scene, 'quarantine/replay', request);
    await eventually(
      async () =>
        expect(await ask(scene, `replays/${asked.batch}`)).toMatchObject({
          ...{ profile: 'DEVICE', requested: ofDevice, underWay: 0, stored: ofDevice },
          ...{ newReadings: ofDevice, corrections: 0 },
        }),
      { timeoutMs: 60_000, everyMs: 500 },
    );
    await openFiles(scene, unregistered);
    expect(await readingsOf(scene, 'NUO002')).toEqual({
      readings: before.readings + ofDevice,
      files: before.files + ofDevice,
      revisions: 0,
    });
    expect(await ask(scene, 'quarantine/replay', request)).toMatchObject({ files: 0 });
  });

  test('follows by itself where a pending station is accepted', async () => {
    await ask(scene, 'pending-stations/accept', {
      ...{ account: 'office', prefix: 'HN_ABCD_NUOMOI', actor: 'chị Lan' },
      ...{ code: 'NUOMOI', name: 'Trạm mới', kind: 'waste-water', facility: 'ABCD' },
    });
    await openFiles(scene, 0);
    expect(await readingsOf(scene, 'NUOMOI')).toEqual({
      readings: unregistered,
      files: unregistered,
      revisions: 0,
    });
  });

  test('is in the audit, and the ledger is intact', async () => {
    const audit = (await settleScene(scene)) as AuditFigures & Record<string, unknown>;
    expect(audit).toMatchObject({ unaccounted: 0, replayed: misnamed + unregistered + ofDevice });
    expect(audit).toMatchObject({
      quarantine: { openFiles: 0, openLines: 0, resolved: misnamed + unregistered + 2 * ofDevice },
    });
    const verified = JSON.parse(
      await scene.gateway.cliOrThrow('audit', '--verify', '--json'),
    ) as Record<string, unknown>;
    expect(verified['ledgerFaults']).toEqual([]);
  });

  (canReadEvents(eventLog) ? test : test.skip)(
    'is seen once by a reader of committed records',
    async () => {
      const seen = await committedReceptionIds(scene, eventLog);
      expect(await faultsOfEvents(scene.database, seen)).toEqual([]);
    },
  );
});

const cure = {
  ...{ actor: 'chị Lan', note: 'đặt sai tên trạm', requestId: 'the one' },
  ...{ select: { reason: 'unknown-station', text: 'tram1' }, station: 'NUO001' },
};

const minutes = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => newest - (i + 1) * minute);

async function registerOfficeAndDevice({ gateway, fleet }: Scene): Promise<void> {
  const { passwordHash } = fleet.registry.accounts[0]!;
  const office = { code: 'office', stations: [], ...(passwordHash && { passwordHash }) };
  const accounts = [...fleet.registry.accounts, office];
  const profiles = [
    {
      ...{ code: 'DEVICE', name: 'Thiết bị ghi thêm số máy', separator: 'tab' },
      columns: ['ignored', 'symbol', 'value', 'unit', 'time', 'status'],
    },
  ];
  await gateway.importRegistry({ ...fleet.registry, accounts, profiles });
}

/** One file per instant, one reading each. */
function send(
  scene: Scene,
  account: string,
  prefix: string,
  instants: readonly number[],
): Promise<void> {
  const readings = instants.map((instant, i) => ({ instant, value: `${1 + (i % 90) / 100}` }));
  return sendFiles(scene, account, prefix, readings);
}

function openFiles(scene: Scene, files: number): Promise<void> {
  const look = async (): Promise<void> => {
    const { items } = await ask<{ items: readonly { files: number }[] }>(
      scene,
      'quarantine/reasons?state=open',
    );
    expect(items.reduce((sum, item) => sum + item.files, 0)).toBe(files);
  };
  return eventually(look, { timeoutMs: 120_000, everyMs: 500 });
}

async function gaps(scene: Scene): Promise<readonly unknown[]> {
  const { items } = await ask<{ items: readonly unknown[] }>(scene, 'gaps?station=NUO001');
  return items;
}

interface Stored {
  readonly readings: number;
  readonly files: number;
  readonly revisions: number;
}

async function readingsOf({ database }: Scene, station: string): Promise<Stored> {
  const [row] = await database.query<Stored>(
    `SELECT count(*) AS readings, count(DISTINCT file_no) AS files,
            (SELECT count(*) FROM reading_revisions JOIN station_keys USING (station_id)
             WHERE station = $1) AS revisions
     FROM readings JOIN station_keys USING (station_id) WHERE station = $1`,
    [station],
  );
  if (row === undefined) throw new Error('an aggregate has a row');
  return row;
}
