import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { NormalisedFile } from '@envigate/contracts';
import { FencedError, isRetryable, streams } from '@envigate/event-log';
import { normalised, quarantined, RecorderScene, resent } from './testing/recorder-scene.ts';
import { proveRecord } from './testing/prove-record.ts';

let scene: RecorderScene;
beforeEach(async () => {
  scene = await RecorderScene.create();
});
afterEach(() => scene.close());

const count = async (table: string): Promise<number> => {
  const [row] = await scene.database.query<{ count: number }>(`SELECT count(*) FROM ${table}`);
  return row!.count;
};

describe('a file', () => {
  test('that is new is stored with original, readings, ledger and delivery', async () => {
    const file = normalised('S1_1.txt', ['pH 0 7.1', 'TSS 0 20.5']);
    await scene.record({ ...file, warnings: [{ code: 'odd', detail: 'Độ đục "x"' }] });

    expect(await scene.outcomes()).toMatchObject([{ outcome: 'stored', new: 2, corrections: 0 }]);
    expect(await scene.readings()).toEqual([
      'S1 TSS 10:00: 20.5 rev 1 from S1_1.txt line 2',
      'S1 pH 10:00: 7.1 rev 1 from S1_1.txt line 1',
    ]);
    const [original] = await scene.database.query<Record<string, unknown>>(
      `SELECT encode(file_id, 'hex') AS id, content, state, data_from, data_to FROM files`,
    );
    expect(original).toEqual({
      id: file.reception.fileId,
      content: Buffer.from(file.content),
      state: 'stored',
      data_from: new Date('2026-01-01T10:00:00Z'),
      data_to: new Date('2026-01-01T10:00:00Z'),
    });
    expect(await scene.database.query('SELECT target, file_name, state FROM deliveries')).toEqual([
      { target: 'ministry', file_name: expect.stringMatching(/^LA_NM_S1_/), state: 'due' },
    ]);
    expect(scene.happened.map(({ name }) => name)).toEqual(['batch-recorded', 'file-recorded']);
  });

  test('sent again is a duplicate and touches nothing, in a later batch and in the same', async () => {
    const file = normalised('S1_1.txt', ['pH 0 7.1']);
    await scene.record(file, resent(file));
    const correction = normalised('S1_2.txt', ['pH 0 7.9']);
    await scene.record(correction, resent(file));

    expect(await scene.outcomes()).toMatchObject(
      [
        { outcome: 'stored', new: 1 },
        { outcome: 'duplicate', new: 0, repeats: 0 },
        { outcome: 'stored', new: 0, corrections: 1 },
        { outcome: 'duplicate', new: 0, corrections: 0, repeats: 0 },
      ].map((row) => expect.objectContaining(row)),
    );
    expect(await scene.readings()).toEqual(['S1 pH 10:00: 7.9 rev 2 from S1_2.txt line 1']);
    expect(await count('files')).toBe(2);
  });

  test('that brings nothing new falls due nowhere', async () => {
    await scene.record(normalised('S1_1.txt', ['pH 0 7.1']));
    await scene.record(normalised('S1_other.txt', ['pH 0 7.1']));
    expect(await scene.outcomes()).toMatchObject([
      { new: 1 },
      { outcome: 'stored', new: 0, repeats: 1 },
    ]);
    expect(await count('deliveries')).toBe(1);
    await scene.record(normalised('S1_more.txt', ['pH 0 7.1', 'pH 5 7.2']));
    expect(await count('deliveries')).toBe(2);
  });

  test('of a station without target is stored and falls due nowhere', async () => {
    await scene.record(normalised('S2_1.txt', ['pH 0 7.1'], { station: 'S2' }));
    expect(await count('readings')).toBe(1);
    expect(await count('deliveries')).toBe(0);
  });

  test('without any reading is stored, with its refused lines in quarantine', async () => {
    const rejectedLines = [
      { line: 1, column: 3, reason: 'bad-time', expected: 'yyyyMMddHHmmss', text: 'pH\t7\tx\0y' },
    ];
    const file = normalised('S1_1.txt', [], { rejectedLines });
    await scene.record(file, resent(file));
    const rows = await scene.database.query(
      `SELECT scope, reason, line, "column", expected, text, station FROM quarantine
       JOIN station_keys USING (station_id)`,
    );
    expect(rows).toEqual([
      {
        ...{ scope: 'line', reason: 'bad-time', line: 1, column: 3, expected: 'yyyyMMddHHmmss' },
        ...{ text: 'pH\t7\tx\uFFFDy', station: 'S1' },
      },
    ]);
    expect(await proveRecord(scene.database)).toEqual([]);
  });
});

describe('what a file says, where it is at hand beside the bytes of its message,', () => {
  const recordBoth = async (file: NormalisedFile, value?: Uint8Array): Promise<void> => {
    const batch = scene.batch(file);
    const records = batch.records.map((record) => ({
      ...record,
      value: value ?? record.value,
      message: file,
    }));
    await scene.commit({ ...batch, records });
  };

  test('is recorded without decoding the bytes', async () => {
    await recordBoth(normalised('S1_1.txt', ['pH 0 7.1']), Buffer.from('not read'));
    expect(await scene.readings()).toEqual(['S1 pH 10:00: 7.1 rev 1 from S1_1.txt line 1']);
    expect(await proveRecord(scene.database)).toEqual([]);
  });

  test('counts less than bytes in which PostgreSQL cannot store something', async () => {
    const rejectedLines = [
      { line: 2, column: 3, reason: 'bad-time', expected: 'yyyyMMddHHmmss', text: 'pH\t7\tx\0y' },
    ];
    await recordBoth(normalised('S1_1.txt', ['pH 0 7.1'], { rejectedLines }));
    expect(await scene.database.query('SELECT text FROM quarantine')).toEqual([
      { text: 'pH\t7\tx\uFFFDy' },
    ]);
  });

  test('must have the bytes of the file that its receipt names', async () => {
    const file = normalised('S1_1.txt', ['pH 0 7.1']);
    await expect(recordBoth({ ...file, content: Buffer.from('other') })).rejects.toMatchObject({
      code: 'content-mismatch',
    });
  });
});

describe('a reading', () => {
  test('with another value, unit or status is a correction; the old one stays', async () => {
    await scene.record(normalised('1.txt', ['pH 0 7.1', 'pH 5 7.2', 'pH 10 7.3']));
    await scene.record(normalised('2.txt', ['pH 0 7.1', 'pH 5 - 02', 'pH 10 7.3 01']));
    expect(await scene.outcomes()).toMatchObject([
      { new: 3, corrections: 0, repeats: 0 },
      { new: 0, corrections: 2, repeats: 1 },
    ]);
    expect(await scene.readings()).toEqual([
      'S1 pH 10:00: 7.1 rev 1 from 1.txt line 1',
      'S1 pH 10:05: null rev 2 from 2.txt line 2',
      'S1 pH 10:10: 7.3 rev 2 from 2.txt line 3',
    ]);
    expect(await scene.readings('reading_revisions')).toEqual([
      'S1 pH 10:05: 7.2 rev 1 from 1.txt line 2',
      'S1 pH 10:10: 7.3 rev 1 from 1.txt line 3',
    ]);
  });

  test('keeps when a revision was recorded and when it was superseded', async () => {
    await scene.record(normalised('1.txt', ['pH 0 7.1']));
    const [first] = await scene.database.query<{ at: string }>(
      'SELECT recorded_at::text AS at FROM readings',
    );
    await scene.record(normalised('2.txt', ['pH 0 7.2']));
    const [revision] = await scene.database.query(
      `SELECT revision.recorded_at::text AS at, superseded_at = current.recorded_at AS joined
       FROM reading_revisions revision JOIN readings current USING (station_id, parameter_id, instant)`,
    );
    expect(revision).toEqual({ at: first!.at, joined: true });
  });

  test('corrected several times within a batch keeps every value', async () => {
    await scene.record(normalised('0.txt', ['pH 0 1']));
    await scene.record(
      normalised('1.txt', ['pH 0 2', 'pH 5 5']),
      normalised('2.txt', ['pH 0 3', 'pH 0 3']),
      normalised('3.txt', ['pH 0 1', 'pH 5 6']),
    );
    expect(await scene.outcomes()).toMatchObject([
      { new: 1 },
      { new: 1, corrections: 1, repeats: 0 },
      { new: 0, corrections: 1, repeats: 1 },
      { new: 0, corrections: 2, repeats: 0 },
    ]);
    expect(await scene.readings()).toEqual([
      'S1 pH 10:00: 1 rev 4 from 3.txt line 1',
      'S1 pH 10:05: 6 rev 2 from 3.txt line 2',
    ]);
    expect(await scene.readings('reading_revisions')).toEqual([
      'S1 pH 10:00: 1 rev 1 from 0.txt line 1',
      'S1 pH 10:00: 2 rev 2 from 1.txt line 1',
      'S1 pH 10:00: 3 rev 3 from 2.txt line 1',
      'S1 pH 10:05: 5 rev 1 from 1.txt line 2',
    ]);
  });

  test('twice in one file: the same value repeats, another corrects', async () => {
    await scene.record(normalised('1.txt', ['pH 0 7', 'pH 0 7', 'pH 0 8']));
    expect(await scene.outcomes()).toMatchObject([{ new: 1, repeats: 1, corrections: 1 }]);
    expect(await scene.readings()).toEqual(['S1 pH 10:00: 8 rev 2 from 1.txt line 3']);
    expect(await scene.readings('reading_revisions')).toEqual([
      'S1 pH 10:00: 7 rev 1 from 1.txt line 1',
    ]);
  });

  test('batch boundaries make no difference to what is kept', async () => {
    const files = () => [
      normalised('1.txt', ['pH 0 1', 'pH 5 2', 'TSS 0 3']),
      normalised('2.txt', ['pH 0 2', 'pH 5 2', 'TSS 5 3']),
      normalised('3.txt', ['pH 0 2', 'pH 0 1', 'TSS 0 -']),
      normalised('4.txt', ['pH 10 2', 'TSS 0 3', 'TSS 5 4 01']),
    ];
    await scene.record(...files());
    const other = await RecorderScene.create();
    try {
      for (const file of files()) await other.record(file);
      expect(await scene.readings()).toEqual(await other.readings());
      expect(await scene.readings('reading_revisions')).toEqual(
        await other.readings('reading_revisions'),
      );
      expect((await scene.outcomes()).map(({ seq: _, ...row }) => row)).toEqual(
        (await other.outcomes()).map(({ seq: _, ...row }) => row),
      );
    } finally {
      await other.close();
    }
  });

  test('keeps its raw text, unit, flag and reasons as given', async () => {
    const file = normalised('1.txt', ['pH 0 7.1']);
    const [reading] = file.readings;
    const odd = {
      rawValue: '"7,1\\"',
      rawUnit: 'µg/m³ {x}',
      reasons: ['a,"b"', 'c\\d'],
      flag: 3 as const,
    };
    await scene.record({ ...file, readings: [{ ...reading!, ...odd }] });
    const [row] = await scene.database.query(
      'SELECT raw_value, raw_unit, reasons, flag FROM readings',
    );
    expect(row).toEqual({
      ...{ raw_value: odd.rawValue, raw_unit: odd.rawUnit, reasons: odd.reasons, flag: 3 },
    });
  });
});

describe('a censored reading', () => {
  const censored = (name: string, limit: number, relation: '<' | '>' = '<') => {
    const file = normalised(name, ['COD 0 1']);
    const [reading] = file.readings;
    const bound = { value: null, censored: { relation, limit }, factor: 0.001, flag: 2 as const };
    const text = `${relation}${limit * 1000}`;
    return { ...file, readings: [{ ...reading!, ...bound, rawValue: text }] };
  };
  const stored = (table: string) =>
    scene.database.query(
      `SELECT value, censored, censored_limit, factor, revision FROM ${table} ORDER BY revision`,
    );

  test('is kept with its bound and the factor of its unit', async () => {
    await scene.record(censored('1.txt', 0.5));
    expect(await stored('readings')).toEqual([
      { value: null, censored: '<', censored_limit: 0.5, factor: 0.001, revision: 1 },
    ]);
  });

  test('is corrected by another bound and by a number, and repeated by the same one', async () => {
    await scene.record(censored('1.txt', 0.5));
    await scene.record(censored('2.txt', 0.5));
    await scene.record(censored('3.txt', 0.4));
    await scene.record(censored('4.txt', 0.4, '>'), normalised('5.txt', ['COD 0 7']));
    expect(await scene.outcomes()).toMatchObject([
      ...[{ new: 1 }, { repeats: 1, corrections: 0 }, { corrections: 1 }],
      ...[{ corrections: 1 }, { corrections: 1 }],
    ]);
    expect(await stored('readings')).toEqual([
      { value: 7, censored: null, censored_limit: null, factor: null, revision: 4 },
    ]);
    expect(await stored('reading_revisions')).toEqual([
      { value: null, censored: '<', censored_limit: 0.5, factor: 0.001, revision: 1 },
      { value: null, censored: '<', censored_limit: 0.4, factor: 0.001, revision: 2 },
      { value: null, censored: '>', censored_limit: 0.4, factor: 0.001, revision: 3 },
    ]);
  });
});

describe('a quarantined file', () => {
  const rows = () =>
    scene.database.query(
      'SELECT scope, reason, expected, state, content FROM quarantine JOIN files USING (file_no)',
    );
  const everyTime = Array.from({ length: 3 }, () => ({ outcome: 'quarantined' }));

  test('is kept whole with its reason; sent again it is no duplicate, and still one file', async () => {
    const file = { ...quarantined('X_1.txt', 'no idea'), reason: 'unknown-form' };
    await scene.record(file, resent(file));
    await scene.record(resent(file));
    expect(await scene.outcomes()).toMatchObject(everyTime);
    expect(await rows()).toEqual([
      {
        ...{ scope: 'file', reason: 'unknown-form', expected: "no station for 'X_1.txt'" },
        ...{ state: 'quarantined', content: Buffer.from('no idea') },
      },
    ]);
  });

  test('of an unknown station is a file of its own each time it comes', async () => {
    const file = quarantined('X_1.txt', 'no idea');
    await scene.record(file, resent(file));
    await scene.record(resent(file));
    expect(await scene.outcomes()).toMatchObject(everyTime);
    const row = { reason: 'unknown-station', content: Buffer.from('no idea') };
    expect(await rows()).toMatchObject([row, row, row]);
  });
});

describe('the position', () => {
  test('moves with the batch, and a batch behind or ahead of it is fenced whole', async () => {
    const batch = scene.batch(normalised('1.txt', ['pH 0 7']));
    await scene.commit(batch);
    const sinks = await scene.sinks();
    const sink = sinks.get(streams.readings)!;
    expect(await sink.position(batch.partition)).toBe(1);
    await expect(sink.commit(batch)).rejects.toThrow(FencedError);
    const ahead = { ...scene.batch(normalised('2.txt', ['pH 5 7'])), from: 5, to: 6 };
    await expect(sink.commit(ahead)).rejects.toThrow(FencedError);
    expect(await count('receptions')).toBe(1);
    expect(await count('files')).toBe(1);
  });

  test('lets one of two recorders at work on one partition win, and the other write nothing', async () => {
    const batch = scene.batch(normalised('1.txt', ['pH 0 7']), normalised('2.txt', ['pH 5 7']));
    const commits = await Promise.allSettled(
      [await scene.sinks(), await scene.sinks()].map((sinks) =>
        sinks.get(streams.readings)!.commit(batch),
      ),
    );
    expect(commits.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = commits.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(lost.reason).toBeInstanceOf(FencedError);
    expect(await count('receptions')).toBe(2);
    expect(await count('readings')).toBe(2);
  });

  test('and all effects survive a connection killed in mid-transaction: nothing, then once', async () => {
    await scene.record(normalised('0.txt', ['pH 0 1']));
    const batch = scene.batch(
      normalised('1.txt', ['pH 0 2', 'pH 5 7']),
      normalised('2.txt', ['TSS 0 3']),
    );
    const sink = (await scene.sinks()).get(streams.readings)!;
    // A lock stops the transaction between its readings and its ledger, and there it is killed.
    const [hit] = await scene.database.transaction(async (tx) => {
      await tx.execute('LOCK TABLE receptions IN EXCLUSIVE MODE');
      const commit = Promise.allSettled([sink.commit(batch)]);
      while ((await killBlocked()) === 0);
      return commit;
    });
    expect(hit.status).toBe('rejected');
    expect(isRetryable((hit as PromiseRejectedResult).reason)).toBe(true);
    expect(await scene.readings()).toEqual(['S1 pH 10:00: 1 rev 1 from 0.txt line 1']);
    expect(await count('files')).toBe(1);

    await sink.commit(batch);
    expect(await scene.outcomes()).toMatchObject([
      { new: 1 },
      { new: 1, corrections: 1 },
      { new: 1 },
    ]);
    expect(await proveRecord(scene.database)).toEqual([]);
  });

  /** Not asked within a transaction, which would see the same answer again and again. */
  async function killBlocked(): Promise<number> {
    const killed = await scene.database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return killed.length;
  }
});

describe('a message that cannot be read', () => {
  test('is kept whole and visibly, and the stream goes on behind it', async () => {
    const good = normalised('1.txt', ['pH 0 7']);
    const { readings: _, ...broken } = good;
    const value = Buffer.from(JSON.stringify(broken));
    const batch = scene.batch(value);
    const sink = (await scene.sinks()).get(streams.readings)!;
    const error: unknown = await sink.commit(batch).catch((reason: unknown) => reason);
    expect(isRetryable(error)).toBe(false);
    await sink.reject(batch, error);
    scene.passed(batch);
    await scene.record(resent(good));

    expect(
      await scene.database.query(
        `SELECT consumer, stream, "offset", value, error, spool_id, spool_sequence FROM undecodable_messages`,
      ),
    ).toEqual([
      {
        ...{ consumer: 'recorder', stream: streams.readings, offset: 0, value },
        error: expect.stringContaining('readings'),
        ...{ spool_id: 'spool-1', spool_sequence: good.reception.spoolSequence },
      },
    ]);
    expect(scene.happened.map(({ name }) => name)).toContain('message-undecodable');
    expect(await count('readings')).toBe(1);
  });

  test('may be anything at all', async () => {
    for (const bytes of [
      Buffer.from([0xff, 0, 1]),
      Buffer.from('null'),
      Buffer.from('{"a":"\\u0000"}'),
    ]) {
      const batch = scene.batch(bytes);
      const sink = (await scene.sinks()).get(streams.readings)!;
      const error: unknown = await sink.commit(batch).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(Error);
      await sink.reject(batch, error);
      scene.passed(batch);
    }
    expect(await count('undecodable_messages')).toBe(3);
  });

  test('includes one whose content is not what its receipt says', async () => {
    const file = normalised('1.txt', ['pH 0 7']);
    const batch = scene.batch({ ...file, content: Buffer.from('other') });
    const sink = (await scene.sinks()).get(streams.readings)!;
    await expect(sink.commit(batch)).rejects.toThrow(/SHA-256/);
  });
});
