import {
  emptyRecord,
  RegistryView,
  type Door,
  type HeardRecord,
  type HeardReport,
  type Outage,
  type ReceptionOutages,
} from '@envigate/domain';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { heardReports } from './heard-reports.ts';
import { receptionOutages } from './reception-outages.ts';

const start = Date.UTC(2026, 0, 1, 23, 0);
const minute = 60_000;
const at = (minutes: number): number => start + minutes * minute;

let db: TestDatabase;
let view: RegistryView;
let outages: ReceptionOutages;
beforeEach(async () => {
  db = await testDatabase();
  view = new RegistryView({
    ...RegistryView.empty.registry,
    accounts: [{ code: 'A1', stations: ['S1'] }],
  });
  outages = receptionOutages(db.database, { current: () => view });
});
afterEach(() => db.drop());

interface Times extends Partial<HeardRecord> {
  readonly since?: number;
  readonly until: number;
  readonly door?: Door;
}

function reportOf(
  { since = 0, until, door = 'ftp', ...record }: Times,
  receiver = 'r1',
): HeardReport {
  const doors = [{ door, since: at(since), heardUntil: at(until), outage: undefined }];
  const uses = [{ account: 'A1', protocol: 'ftp' as const, lastUsedAt: at(until) }];
  return { receiver, host: 'gw', record: { ...emptyRecord, doors, ...record }, uses };
}

const report = (times: Times, receiver?: string): Promise<void> =>
  heardReports(db.database).report(reportOf(times, receiver));

function outage(from: number, to?: number, more: Partial<Outage> = {}): Outage {
  return {
    ...{ door: 'ftp', from: at(from), to: to === undefined ? undefined : at(to) },
    ...{ cause: 'not-running', evidence: 'restart', isPlanned: false, detail: '', ...more },
  };
}

async function unheard(from = 0, to = 1000): Promise<readonly string[]> {
  const stretches = await outages.outagesOf({ station: 'S1' }, { from: at(from), to: at(to) });
  const all = await outages.outagesOfAll({ from: at(from), to: at(to) });
  expect(all.ofStation('S1')).toEqual(stretches);
  return stretches.map(
    (one) => `${(one.from - start) / minute}–${((one.to ?? NaN) - start) / minute}`,
  );
}

const rows = () =>
  db.database.query<{ text: string }>(
    `SELECT format('%s %s–%s %s %s', door, extract(epoch FROM from_instant - $1)::int / 60,
                   extract(epoch FROM to_instant - $1)::int / 60, cause, evidence) AS text
     FROM reception_outages ORDER BY outage_id`,
    [new Date(start)],
  );

const due = () =>
  db.database.query<{ text: string }>(
    `SELECT format('%s %s–%s', station, extract(epoch FROM from_instant - $1)::int / 60,
                   extract(epoch FROM to_instant - $1)::int / 60) AS text
     FROM gaps_due JOIN station_keys USING (station_id) ORDER BY station, day`,
    [new Date(start)],
  );

async function coverage(station: string, first: number, last: number): Promise<void> {
  await db.database.execute(
    `WITH key AS (INSERT INTO station_keys (station) VALUES ($1) RETURNING station_id)
     INSERT INTO coverage (station_id, first_instant, last_instant) SELECT station_id, $2, $3 FROM key`,
    [station, new Date(at(first)), new Date(at(last))],
  );
}

describe('what a receiver reports', () => {
  test('is recorded once, however often it comes', async () => {
    const down = { until: 90, unreported: [outage(60, 80)] };
    for (let i = 0; i < 3; i++) await report(down);
    expect(await rows()).toEqual([{ text: 'ftp 60–80 not-running restart' }]);
    expect(await unheard(0, 90)).toEqual(['60–80']);
    expect(await db.database.query('SELECT receiver, door, host FROM reception_doors')).toEqual([
      { receiver: 'r1', door: 'ftp', host: 'gw' },
    ]);
  });

  test('ends what lasted, and what has ended does not begin again', async () => {
    await report({ until: 60, unreported: [outage(60)] });
    expect(await unheard(0, 70)).toEqual(['60–70']);
    await report({ until: 90, unreported: [outage(60, 80)] });
    await report({ until: 60, unreported: [outage(60)] });
    expect(await rows()).toEqual([{ text: 'ftp 60–80 not-running restart' }]);
    expect(await unheard(0, 90)).toEqual(['60–80']);
  });

  test('and what it no longer reports is not known to have been heard', async () => {
    await report({ until: 60 });
    expect(await unheard(0, 200)).toEqual(['60–200']);
  });

  test('of two is one answer: who listens is enough', async () => {
    await report({ until: 500, unreported: [outage(100, 200)] });
    await report({ until: 500, unreported: [outage(150, 250)] }, 'r2');
    expect(await unheard(0, 500)).toEqual(['150–200']);
  });

  test('of a lost record is completed by what was known', async () => {
    await report({ until: 60 });
    await report({ since: 100, until: 110 });
    expect(await rows()).toEqual([{ text: 'ftp 60–100 not-running report' }]);
    expect(await unheard(0, 110)).toEqual(['60–100']);
  });

  test('of a clock that was set back counts from there on', async () => {
    await report({ until: 60 });
    await report({ until: 900, unreported: [outage(60, 890, { cause: 'clock-changed' })] });
    const setBack = { until: 75, setBackTo: at(70) };
    for (let i = 0; i < 2; i++) await report(setBack);
    expect(await rows()).toEqual([{ text: 'ftp 60–70 clock-changed restart' }]);
    expect(await unheard(0, 75)).toEqual(['60–70']);
    await report({ until: 500 });
    expect(await unheard(0, 500)).toEqual(['60–70']);
  });

  test('of a door that is closed: no outage; opened again it begins anew', async () => {
    await report({ until: 60 });
    await report({ until: 60, door: 'sftp', closed: [{ door: 'ftp', at: at(60) }] });
    expect(await unheard(0, 500)).toEqual([]);
    await report({ since: 300, until: 400 });
    expect(await unheard(0, 400)).toEqual([]);
    expect(await rows()).toEqual([]);
  });
});

describe('gaps are judged anew', () => {
  test('of all stations with data, where time was heard after all, day by day', async () => {
    await coverage('S1', -5000, 190);
    await coverage('S2', 120, 130);
    await db.database.execute(`INSERT INTO station_keys (station) VALUES ('S3')`);
    await report({ until: 30 });
    expect(await due()).toEqual([]);
    await report({ until: 200, unreported: [outage(100, 110)] });
    expect((await due()).map(({ text }) => text)).toEqual(['S1 30–60', 'S1 60–200', 'S2 120–200']);
  });

  test('not where the receiver was down', async () => {
    await coverage('S1', 0, 190);
    await report({ until: 30 });
    await report({ until: 200, unreported: [outage(30, 199)] });
    expect(await due()).toEqual([]);
  });
});

test('of a thousand stations, after a year of outages, one question has the answer', async () => {
  const accounts = Array.from({ length: 1000 }, (_, i) => ({ code: `A${i}`, stations: [`S${i}`] }));
  view = new RegistryView({ ...RegistryView.empty.registry, accounts });
  await db.database.execute(
    `INSERT INTO reception_outages (receiver, door, from_instant, to_instant, cause, evidence, planned, detail)
     SELECT 'r' || r, door, $1::timestamptz + n * interval '1 hour', $1::timestamptz + n * interval '1 hour' + interval '5 minutes',
            'not-running', 'restart', false, ''
     FROM generate_series(1, 2) r, unnest(ARRAY['ftp', 'ftps', 'sftp']) door, generate_series(0, 8759) n`,
    [new Date(start)],
  );
  await db.database.execute(
    `INSERT INTO reception_doors (receiver, door, host, since, heard_until)
     SELECT 'r' || r, door, 'gw', $1, $1::timestamptz + interval '1 year'
     FROM generate_series(1, 2) r, unnest(ARRAY['ftp', 'ftps', 'sftp']) door`,
    [new Date(start)],
  );
  await db.database.execute(
    `INSERT INTO door_uses (account, protocol, last_used_at)
     SELECT 'A' || n, protocol, $1 FROM generate_series(0, 999) n, unnest(ARRAY['ftp', 'sftp']) protocol`,
    [new Date(start)],
  );
  await db.database.execute('ANALYZE reception_outages');
  const within = { from: at(8000 * 60), to: at(8000 * 60 + 12 * 60) };
  const all = await outages.outagesOfAll(within);
  const stretches = accounts.map(({ stations }) => all.ofStation(stations[0] ?? ''));
  expect(new Set(stretches.map((one) => one.length))).toEqual(new Set([12]));
});
