import { expect, test } from '@jest/globals';
import type { Session } from '../connection/session.ts';
import { keepReadings, maxInsertedRows } from './keep-readings.ts';
import type { ReadingRow } from './readings.ts';

const rowAt = (place: number): ReadingRow => ({
  ...{ stationId: 1, parameterId: 2, fileNo: 3, contentHash: 'hash' },
  instant: new Date(place * 60_000).toISOString(),
  reading: {
    ...{ parameter: 'COD', instant: new Date(place * 60_000).toISOString(), value: place },
    ...{ unit: 'mg/L', rawValue: String(place), rawUnit: 'mg/L', status: '00', flag: 1 },
    ...{ reasons: [], line: place + 1 },
  },
});

/** Takes every row, and notes which lines came in which statement. */
function insertingSession(): Session & { readonly lines: number[][] } {
  const lines: number[][] = [];
  return {
    lines,
    query: () => Promise.resolve([]), // nothing is known
    execute(_sql, params = []) {
      const own = String(params[10]).slice(1, -1).split(',').map(Number);
      lines.push(own);
      return Promise.resolve(own.length);
    },
  };
}

test('the rows of a large file go in several statements, each row once and in order', async () => {
  const count = 2 * maxInsertedRows + 7;
  const tx = insertingSession();
  const outcomes = await keepReadings(
    tx,
    Array.from({ length: count }, (_, i) => rowAt(i)),
  );
  expect(tx.lines.map((lines) => lines.length)).toEqual([maxInsertedRows, maxInsertedRows, 7]);
  expect(tx.lines.flat()).toEqual(Array.from({ length: count }, (_, i) => i + 1));
  expect(outcomes).toEqual(Array.from({ length: count }, () => 'new'));
});

test('ordinary rows go in one statement', async () => {
  const tx = insertingSession();
  await keepReadings(
    tx,
    Array.from({ length: maxInsertedRows }, (_, i) => rowAt(i)),
  );
  expect(tx.lines).toHaveLength(1);
});
