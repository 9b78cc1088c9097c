import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { emptyRecord, HeardTimes, type DoorTrouble, type HeardRecord } from './heard-times.ts';
import { subtract, totalLength, type Stretch } from '../gaps/stretches.ts';

const limits = { maxBeatMs: 15, maxUnreported: 100 };
const full: DoorTrouble = { cause: 'no-room', evidence: 'spool', detail: 'full' };
const closed: DoorTrouble = { cause: 'not-answering', evidence: 'probe', detail: 'ECONNREFUSED' };

function begun(...beats: readonly number[]): HeardTimes {
  const times = new HeardTimes(emptyRecord, limits);
  for (const at of beats) times.observe('ftp', at, undefined);
  return times;
}

/** `from–to cause evidence`, of what is to be reported. */
function outages(times: HeardTimes): readonly string[] {
  return times.record.unreported.map(
    ({ from, to, cause, evidence, isPlanned }) =>
      `${from}–${to ?? ''} ${cause} ${evidence}${isPlanned ? ' planned' : ''}`,
  );
}

describe('a door', () => {
  test('that is well at every beat has no outage', () => {
    const times = begun(100, 110, 120);
    expect(times.record.doors).toEqual([
      { door: 'ftp', since: 100, heardUntil: 120, outage: undefined },
    ]);
    expect(outages(times)).toEqual([]);
  });

  test('with trouble was not heard since the last beat that found it well, until the next one', () => {
    const times = begun(100, 110);
    expect(times.observe('ftp', 120, closed)?.now).toMatchObject({ from: 110, to: undefined });
    expect(times.observe('ftp', 130, closed)).toBeUndefined();
    expect(outages(times)).toEqual(['110– not-answering probe']);
    expect(times.observe('ftp', 140, undefined)?.before).toMatchObject({ from: 110 });
    expect(outages(times)).toEqual(['110–140 not-answering probe']);
  });

  test('whose trouble changes has an outage of each', () => {
    const times = begun(100);
    times.observe('ftp', 110, closed);
    times.observe('ftp', 120, full);
    times.observe('ftp', 130, undefined);
    expect(outages(times)).toEqual(['100–120 not-answering probe', '120–130 no-room spool']);
  });

  test('that has trouble at its first beat was not heard from there on', () => {
    const times = new HeardTimes(emptyRecord, limits);
    times.observe('drop:a', 100, { cause: 'folder-away', evidence: 'folder', detail: 'ENOENT' });
    expect(outages(times)).toEqual(['100– folder-away folder']);
  });

  test('whose beat is late was not heard in between', () => {
    const times = begun(100, 115, 131);
    expect(outages(times)).toEqual(['115–131 stalled late-beat']);
    times.observe('ftp', 3731, undefined, 'clock-changed');
    expect(outages(times)).toEqual(['115–131 stalled late-beat', '131–3731 clock-changed clock']);
  });

  test('that the configuration no longer has is closed, and has no outage', () => {
    const times = begun(100, 110);
    times.observe('sftp', 110, undefined);
    times.resume(200);
    times.keepOnly(new Set(['sftp']));
    expect(times.record.closed).toEqual([{ door: 'ftp', at: 110 }]);
    expect(times.record.doors.map(({ door }) => door)).toEqual(['sftp']);
    expect(outages(times)).toEqual(['110–110 not-running restart', '110– not-running restart']);
  });
});

describe('a receiver', () => {
  test('that was killed was not heard from its last beat to the first of the next one', () => {
    const killed = begun(100, 110).record;
    const times = new HeardTimes(killed, limits);
    times.resume(500);
    times.observe('ftp', 503, undefined);
    expect(outages(times)).toEqual(['110–503 not-running restart']);
  });

  test('that was stopped says that it was planned, and since when', () => {
    const times = begun(100, 110);
    times.stop(117);
    const next = new HeardTimes(times.record, limits);
    next.resume(500);
    next.observe('ftp', 503, undefined);
    expect(outages(next)).toEqual(['117–503 stopped stop planned']);
  });

  test('that is stopped while a door has trouble keeps the reason', () => {
    const times = begun(100);
    times.observe('ftp', 110, full);
    times.stop(117);
    expect(outages(times)).toEqual(['100– no-room spool']);
  });

  test('that is killed again before its first beat adds nothing', () => {
    const first = new HeardTimes(begun(100, 110).record, limits);
    first.resume(500);
    const second = new HeardTimes(first.record, limits);
    second.resume(600);
    second.observe('ftp', 603, undefined);
    expect(outages(second)).toEqual(['110–603 not-running restart']);
  });
});

describe('a clock', () => {
  test('that was ahead and is put right leaves the time before as outage, and none after', () => {
    const times = begun(100, 110);
    times.observe('ftp', 9000, undefined, 'clock-changed');
    times.observe('ftp', 9010, undefined);
    times.setBack(130);
    times.observe('ftp', 130, undefined);
    times.observe('ftp', 140, undefined);
    expect(outages(times)).toEqual(['110–130 clock-changed clock']);
    expect(times.record).toMatchObject({ setBackTo: 130, doors: [{ heardUntil: 140 }] });
  });

  test('that is set back during an outage does not lose it', () => {
    const times = begun(1000);
    times.observe('ftp', 1010, full);
    times.setBack(500);
    times.observe('ftp', 520, undefined);
    expect(outages(times)).toEqual(['1000–1000 no-room spool', '500–520 no-room spool']);
  });

  test('that is behind the record at the start counts as set back', () => {
    const times = new HeardTimes(begun(1000, 1010).record, limits);
    times.resume(700);
    times.observe('ftp', 703, undefined);
    expect(times.record).toMatchObject({ setBackTo: 700, doors: [{ heardUntil: 703 }] });
    expect(outages(times)).toEqual(['700–703 not-running restart']);
  });
});

describe('a report', () => {
  test('takes away what was in it, and not what changed meanwhile', () => {
    const times = begun(100);
    times.observe('ftp', 110, full);
    const sent = times.record;
    times.observe('ftp', 120, undefined);
    times.reported(sent);
    expect(outages(times)).toEqual(['100–120 no-room spool']);
    times.reported(times.record);
    expect(outages(times)).toEqual([]);
  });

  test('that cannot be made for long joins the outages that are closest, and says how many', () => {
    const times = new HeardTimes(emptyRecord, { ...limits, maxUnreported: 3 });
    for (const [at, trouble] of [
      [0, undefined],
      [10, full],
      [20, undefined],
      [30, undefined],
      [40, full],
      [50, undefined],
      [53, full],
      [60, undefined],
      [70, undefined],
      [80, full],
      [90, undefined],
    ] as const)
      times.observe('ftp', at, trouble);
    expect(outages(times)).toEqual([
      '0–20 no-room spool',
      '30–60 no-room spool',
      '70–90 no-room spool',
    ]);
    expect(times.joined).toBe(1);
  });
});

const beatMs = 5;
const second = fc.record({
  isUp: fc.boolean(),
  isWell: fc.boolean(),
  length: fc.integer({ min: 1, max: 40 }),
});

test('whatever happens, no time is claimed as heard that was not, and little more is unheard', () => {
  fc.assert(
    fc.property(fc.array(second, { minLength: 1, maxLength: 12 }), (phases) => {
      const deaf: Stretch[] = [];
      let record: HeardRecord = emptyRecord;
      let times: HeardTimes | undefined;
      let now = 0;
      let changes = 0;
      for (const { isUp, isWell, length } of phases) {
        const end = now + length;
        if (!isUp || !isWell) deaf.push({ from: now, to: end });
        changes += 1;
        if (!isUp) times = undefined;
        else {
          if (times === undefined) {
            times = new HeardTimes(record, limits);
            times.resume(now);
          }
          for (let at = now; at < end; at += beatMs) {
            times.observe('ftp', at, isWell ? undefined : closed);
            ({ record } = times);
          }
        }
        now = end;
      }
      const [door] = record.doors;
      if (door === undefined) return;
      const heard = subtract(
        [{ from: door.since, to: door.heardUntil }],
        record.unreported.map(({ from, to }) => ({ from, to })),
      );
      const known = [{ from: door.since, to: now }];
      const unheard = subtract(known, heard);
      // Every deaf moment is unheard …
      expect(subtract(subtract(known, subtract(known, deaf)), unheard)).toEqual([]);
      // … and at each change at most a beat more on either side.
      const over = totalLength(subtract(unheard, deaf));
      expect(over).toBeLessThanOrEqual((changes + 1) * 2 * beatMs);
    }),
    { numRuns: 500 },
  );
});
