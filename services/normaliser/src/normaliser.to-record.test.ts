import { describe, expect, test } from '@jest/globals';
import { normalisedFileCodec } from '@envigate/contracts';
import type { NormaliseOutcome } from '@envigate/domain';
import { streams } from '@envigate/event-log';
import { toRecord } from './normaliser.ts';

const reception = {
  receptionId: '01KAAAAAAAAAAAAAAAAAAAAAAA',
  spoolId: 'spool',
  spoolSequence: 1,
  receivedAt: '2026-03-24T17:00:41.000Z',
  protocol: 'ftp',
  peer: '10.0.0.1',
  account: 'a',
  folder: '/',
  name: 'S_20260325000000.txt',
  size: 3,
  contentHash: '0'.repeat(64),
  fileId: '0'.repeat(64),
} as const;
const content = Buffer.from('pH\n');
const normalised = {
  kind: 'normalised',
  message: {
    type: 'normalised-file.v2',
    reception,
    content,
    station: 'S',
    readings: [],
    rejectedLines: [],
    warnings: [],
  },
} as const satisfies NormaliseOutcome;
const size = normalisedFileCodec.encode(normalised.message).byteLength;

describe('a message of readings', () => {
  test('is published where it is as large as may be', () => {
    const { outcome, record } = toRecord(normalised, size);
    expect(outcome).toBe(normalised);
    expect(record).toMatchObject({ stream: streams.readings, key: 'S' });
  });

  test('goes to quarantine with its content where it is one byte larger', () => {
    const { outcome, record } = toRecord(normalised, size - 1);
    expect(outcome).toMatchObject({
      kind: 'quarantined',
      message: {
        reason: 'too-large-understood',
        detail: `bytes-of-at-most@1[${size},${size - 1}]`,
        station: 'S',
        content,
        reception,
      },
    });
    expect(record).toMatchObject({ stream: streams.quarantine, key: 'a' });
  });
});
