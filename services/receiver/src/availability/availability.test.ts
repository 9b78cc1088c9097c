import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TreeError, type Door } from '@envigate/domain';
import { Telemetry, silentLogger, type Started } from '@envigate/runtime';
import { eventually } from '@envigate/test-support';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FakeHeardReports } from '../testing/fake-heard-reports.ts';
import { availability, type AvailabilityParts, type DoorCheck } from './availability.ts';
import { DoorUses } from './door-uses.ts';
import { events } from './telemetry.ts';

const beatSeconds = 0.02;

let dir: string;
let reports: FakeHeardReports;
let telemetry: Telemetry;
let started: Started<void> | undefined;
let happened: { name: string; payload: Record<string, unknown> }[];
let doors: Map<Door, DoorCheck> | undefined;
/** What is added to the machine's clock. */
let clockMs: number;
let isFull: boolean;
let uses: DoorUses;

const well: DoorCheck = () => Promise.resolve(undefined);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-availability-'));
  reports = new FakeHeardReports();
  happened = [];
  doors = new Map([['ftp', well]]);
  clockMs = 0;
  isFull = false;
  uses = new DoorUses();
});
afterEach(async () => {
  await started?.stop();
  started = undefined;
  await rm(dir, { recursive: true, force: true });
});

async function start(more: Partial<AvailabilityParts> = {}): Promise<void> {
  telemetry = new Telemetry();
  const emit = telemetry.emitter(events, silentLogger());
  started = await availability({
    ...{ receiver: 'spool-1', host: 'gw', path: join(dir, 'heard'), reports, uses, telemetry },
    doors: () => doors,
    needRoom: () =>
      isFull ? Promise.reject(new TreeError('no-room', 'the disk is full')) : Promise.resolve(),
    clock: () => new Date(Date.now() + clockMs),
    steadyMs: () => performance.now(),
    emit: (name: string, payload: Record<string, unknown>) => {
      happened.push({ name, payload });
      emit(name as never, payload as never);
    },
    beatSeconds,
    ...more,
  }).start();
}

async function stop(): Promise<void> {
  await started?.stop();
  started = undefined;
}

/** Outages as they were reported last, by door and beginning: `cause evidence`. */
function outages(): readonly string[] {
  const latest = new Map<string, string>();
  for (const { record } of reports.reports)
    for (const { door, from, to, cause, evidence } of record.unreported)
      latest.set(`${door} ${from}`, `${door} ${cause} ${evidence}${to === undefined ? ' …' : ''}`);
  return [...latest.values()];
}

const beats = (count: number): Promise<void> => {
  const from = reports.reports.length;
  return eventually(() => expect(reports.reports.length).toBeGreaterThan(from + count));
};

describe('a door', () => {
  test('that answers is reported as heard, at each beat', async () => {
    await start();
    await beats(3);
    const { receiver, host, record } = reports.reports.at(-1)!;
    expect({ receiver, host }).toEqual({ receiver: 'spool-1', host: 'gw' });
    const [door] = record.doors;
    expect(door!.heardUntil).toBeGreaterThan(door!.since);
    expect(outages()).toEqual([]);
    expect(await telemetry.metrics()).toContain(
      'envigate_reception_door_available{door="ftp"} 1\n',
    );
  });

  test('that fails once in two attempts is well; one that fails twice is not, until it answers', async () => {
    let failures = 1;
    doors = new Map([
      [
        'ftp',
        () =>
          failures-- > 0 ? Promise.reject(new Error('ECONNREFUSED')) : Promise.resolve(undefined),
      ],
    ]);
    await start();
    await beats(2);
    expect(outages()).toEqual([]);
    failures = Infinity;
    await eventually(() => expect(outages()).toEqual(['ftp not-answering probe …']));
    expect(await telemetry.metrics()).toMatch(
      /envigate_reception_door_unavailable_since_timestamp_seconds\{door="ftp",cause="not-answering"\} \d+/,
    );
    failures = 0;
    await eventually(() => expect(outages()).toEqual(['ftp not-answering probe']));
    expect(happened.map(({ name }) => name)).toEqual(['door-unavailable', 'door-available']);
    expect(happened[0]?.payload).toMatchObject({ door: 'ftp', detail: 'ECONNREFUSED' });
    expect(await telemetry.metrics()).toContain(
      'envigate_reception_outages_total{door="ftp",cause="not-answering"} 1\n',
    );
  });

  test('that the registry takes away is closed, and one that it brings is watched', async () => {
    doors = new Map([
      ['ftp', well],
      ['pull:p1', well],
    ]);
    await start();
    await beats(1);
    doors = new Map([
      ['ftp', well],
      ['drop:d1', well],
    ]);
    await eventually(() =>
      expect(reports.reports.flatMap(({ record }) => record.closed)).toMatchObject([
        { door: 'pull:p1' },
      ]),
    );
    await eventually(() =>
      expect(reports.reports.at(-1)?.record.doors.map(({ door }) => door)).toEqual([
        ...['ftp', 'drop:d1'],
      ]),
    );
    expect(outages()).toEqual([]);
  });
});

test('a spool without room is an outage of every door', async () => {
  doors = new Map([
    ['ftp', well],
    ['drop:d1', well],
  ]);
  await start();
  await beats(1);
  isFull = true;
  await eventually(() =>
    expect(outages()).toEqual(['ftp no-room spool …', 'drop:d1 no-room spool …']),
  );
  isFull = false;
  await eventually(() => expect(outages()).toEqual(['ftp no-room spool', 'drop:d1 no-room spool']));
});

test('before the registry is there nobody can log in: an outage of the doors that there were', async () => {
  await start();
  await beats(1);
  await stop();
  doors = undefined;
  await start();
  await eventually(() =>
    expect(outages()).toEqual(['ftp stopped stop', 'ftp no-registry registry …']),
  );
  doors = new Map([['ftp', well]]);
  await eventually(() =>
    expect(outages()).toEqual(['ftp stopped stop', 'ftp no-registry registry']),
  );
});

test('a stop is a planned outage, from the stop to the first beat of the next run', async () => {
  await start();
  await beats(1);
  await stop();
  const stopped = reports.reports.at(-1)!.record;
  expect(stopped.unreported).toMatchObject([
    { cause: 'stopped', isPlanned: true, to: undefined, from: stopped.doors[0]!.heardUntil },
  ]);
  await start();
  await eventually(() => expect(outages()).toEqual(['ftp stopped stop']));
});

describe('a clock', () => {
  test('that jumps ahead leaves an outage of what it left out', async () => {
    await start();
    await beats(2);
    clockMs = 3_600_000;
    await eventually(() => expect(outages()).toEqual(['ftp clock-changed clock']));
    const [outage] = reports.reports.flatMap(({ record }) => record.unreported);
    expect(outage!.to! - outage!.from).toBeGreaterThan(3_500_000);
    expect(happened).toContainEqual({
      ...{ name: 'receiver-clock-changed', payload: { seconds: 3600 } },
    });
  });

  test('that is put right takes back what it claimed to have heard', async () => {
    clockMs = 3_600_000;
    await start();
    await beats(2);
    clockMs = 0;
    await eventually(() =>
      expect(reports.reports.map(({ record }) => record.setBackTo)).toContainEqual(
        expect.any(Number),
      ),
    );
    await eventually(() =>
      expect(reports.reports.at(-1)!.record.doors[0]!.heardUntil).toBeLessThan(Date.now() + 1_000),
    );
    expect(outages()).toEqual([]);
  });
});

test('while the database is away everything is kept, also over a restart, and reported once it is back', async () => {
  await start();
  await beats(1);
  reports.isAway = true;
  isFull = true;
  await eventually(() => expect(happened.map(({ name }) => name)).toContain('heard-not-reported'));
  await eventually(() => expect(happened.map(({ name }) => name)).toContain('door-unavailable'));
  isFull = false;
  await eventually(() => expect(happened.map(({ name }) => name)).toContain('door-available'));
  await stop();
  await start();
  reports.isAway = false;
  await eventually(() => expect(outages()).toEqual(['ftp no-room spool', 'ftp stopped stop']));
  await beats(2);
  // What the database has taken is not reported again.
  expect(reports.reports.at(-1)?.record.unreported).toEqual([]);
});

test('a record that the disk does not take is an outage, unless there is only no room for it', async () => {
  const path = join(dir, 'no-folder', 'heard');
  await start({ path });
  await eventually(() => expect(outages()).toEqual(['ftp disk-failed disk …']));
  expect(happened.filter(({ name }) => name === 'heard-record-not-kept')).toHaveLength(1);
});

test('which protocols an account uses is reported once an hour', async () => {
  const now = Date.now();
  uses.note('A1', 'sftp', now);
  await start();
  await beats(2);
  const all = reports.reports.flatMap((report) => report.uses);
  expect(all).toEqual([{ account: 'A1', protocol: 'sftp', lastUsedAt: now }]);
  uses.note('A1', 'sftp', now + 60_000);
  uses.note('A1', 'ftp', now + 60_000);
  uses.note('A2', 'ftp', now);
  await eventually(() => expect(reports.reports.flatMap((report) => report.uses)).toHaveLength(3));
  uses.note('A1', 'sftp', now + 3_600_000);
  await eventually(() =>
    expect(reports.reports.flatMap((report) => report.uses).at(-1)).toEqual({
      ...{ account: 'A1', protocol: 'sftp', lastUsedAt: now + 3_600_000 },
    }),
  );
});
