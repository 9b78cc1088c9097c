import { expect, test } from '@jest/globals';
import { compareWithReported } from './heard-reports.ts';
import { emptyRecord, type HeardRecord, type Outage } from './heard-times.ts';

const minute = 60_000;

function record(since: number, heardUntil: number, ...unreported: Outage[]): HeardRecord {
  const doors = [{ door: 'ftp' as const, since, heardUntil, outage: undefined }];
  return { ...emptyRecord, doors, unreported };
}

const outage = (from: number, to: number): Outage => ({
  ...{ door: 'ftp', from, to, cause: 'not-running', evidence: 'restart' },
  ...{ isPlanned: false, detail: '' },
});

const reported = [{ door: 'ftp' as const, heardUntil: 100 * minute }];

test('a report that follows the last one says nothing more', () => {
  expect(compareWithReported(reported, record(0, 100.1 * minute))).toEqual({
    ...{ lost: [], heardAfterAll: [] },
  });
});

test('a receiver that was down says so itself', () => {
  const down = record(0, 200 * minute, outage(100 * minute, 199.9 * minute));
  expect(compareWithReported(reported, down)).toEqual({ lost: [], heardAfterAll: [] });
});

test('time that was heard while the database was away is judged anew, without the outages in it', () => {
  const away = record(0, 200 * minute, outage(120 * minute, 130 * minute));
  expect(compareWithReported(reported, away).heardAfterAll).toEqual([
    { from: 100 * minute, to: 120 * minute },
    { from: 130 * minute, to: 200 * minute },
  ]);
});

test('a record that begins after what was reported was lost: the time between is an outage', () => {
  const { lost, heardAfterAll } = compareWithReported(reported, record(150 * minute, 151 * minute));
  expect(lost).toEqual([{ ...outage(100 * minute, 150 * minute), evidence: 'report' }]);
  expect(heardAfterAll).toEqual([]);
});

test('a door that nobody reported before has nothing to be compared with', () => {
  expect(compareWithReported([], record(150 * minute, 190 * minute))).toEqual({
    ...{ lost: [], heardAfterAll: [] },
  });
});

test('after the clock was set back the report goes on there', () => {
  const setBack = { ...record(0, 51 * minute), setBackTo: 50 * minute };
  expect(compareWithReported(reported, setBack)).toEqual({ lost: [], heardAfterAll: [] });
});
