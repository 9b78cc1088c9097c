import { describe, expect, test } from '@jest/globals';
import type { OutgoingRecord, StoredRecord } from './port.ts';
import { PoisonFailedError, transformBatch } from './pipe.ts';

const record = (id: string): StoredRecord => ({
  stream: 'station.files',
  partition: 0,
  offset: Number(id),
  key: 'k',
  id,
  value: new Uint8Array(),
});
const output = (id: string): OutgoingRecord => ({
  stream: 'station.readings',
  key: 'k',
  id,
  value: new Uint8Array(),
});
const records = ['1', '2', '3'].map(record);
const ids = (outputs: readonly OutgoingRecord[]): string[] => outputs.map(({ id }) => id);

describe('transformBatch', () => {
  test('transforms the batch as a whole', () => {
    const batches: number[] = [];
    const transform = (batch: readonly StoredRecord[]): OutgoingRecord[] => {
      batches.push(batch.length);
      return batch.map(({ id }) => output(id));
    };
    expect(ids(transformBatch(records, { transform, poison: () => [] }))).toEqual(['1', '2', '3']);
    expect(batches).toEqual([3]);
  });

  test('gives the record that cannot be transformed to poison, in its place, with the error', () => {
    const bad = new Error('unreadable');
    const errors: unknown[] = [];
    const outputs = transformBatch(records, {
      transform: (batch) => {
        if (batch.some(({ id }) => id === '2')) throw bad;
        return batch.map(({ id }) => output(id));
      },
      poison: ({ id }, error) => {
        errors.push(error);
        return [output(`quarantined ${id}`)];
      },
    });
    expect(ids(outputs)).toEqual(['1', 'quarantined 2', '3']);
    expect(errors).toEqual([bad]);
  });

  test('treats outputs that the log cannot take as poison', () => {
    const outputs = transformBatch(records, {
      transform: (batch) => batch.map(({ id }) => output(id)),
      poison: ({ id }) => [output(`quarantined ${id}`)],
      check: (all) => {
        if (all.some(({ id }) => id === '3')) throw new Error('too large');
      },
    });
    expect(ids(outputs)).toEqual(['1', '2', 'quarantined 3']);
  });

  test('says which record has no output when poison throws', () => {
    const failing = (): OutgoingRecord[] => {
      throw new Error('bug');
    };
    expect(() => transformBatch([record('7')], { transform: failing, poison: failing })).toThrow(
      PoisonFailedError,
    );
    expect(() => transformBatch([record('7')], { transform: failing, poison: failing })).toThrow(
      'no output for record 7 (station.files 0:7): bug',
    );
  });
});
