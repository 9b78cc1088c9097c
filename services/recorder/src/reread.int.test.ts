import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Station, StationFile } from '@envigate/contracts';
import { replayDesk } from '@envigate/postgres';
import { onUtc, reception, registry, withS1 } from './testing/recorder-scene.ts';
import { lateAt, ReplayScene } from './testing/replay-scene.ts';

const all = { from: new Date('2026-01-01T00:00:00Z') };

let scene: ReplayScene;
beforeEach(async () => {
  scene = await ReplayScene.create();
});
afterEach(() => scene.close());

const query = <Row extends object>(sql: string) => scene.database.query<Row>(sql);
const readings = () => scene.recorder.readings();
const again = (file: StationFile): StationFile => {
  const bytes = Buffer.from(file.content);
  const { name, folder, receivedAt } = file.reception;
  return { ...file, reception: { ...reception(name, bytes, folder), receivedAt } };
};
const withdrawn = () =>
  query(
    `SELECT to_char(instant AT TIME ZONE 'UTC', 'HH24:MI') AS time, value, actor, note
     FROM reading_revisions past JOIN replays ON replays.reception_id = withdrawn_by
     JOIN replay_batches USING (batch_id) WHERE withdrawn_at IS NOT NULL ORDER BY instant, revision`,
  );

describe('after the offset of a station was put right', () => {
  beforeEach(async () => {
    for (const minute of [0, 5, 10]) await scene.receiveLate(minute, [`pH;7.${minute};;${minute}`]);
    await scene.register(onUtc);
  });

  test('the past is at its true times, and what was wrong is withdrawn with who, when and why', async () => {
    const batch = await scene.reread(all);
    expect(await scene.settle()).toHaveLength(3);
    expect(await readings()).toEqual([
      'S1 pH 17:00: 7 rev 1 from S1_20260101170000.txt line 1',
      'S1 pH 17:05: 7.5 rev 1 from S1_20260101170500.txt line 1',
      'S1 pH 17:10: 7.1 rev 1 from S1_20260101171000.txt line 1',
    ]);
    expect(await withdrawn()).toEqual(
      [
        ['10:00', 7],
        ['10:05', 7.5],
        ['10:10', 7.1],
      ].map(([time, value]) => ({ time, value, actor: 'nguyenvana', note: 'giờ UTC' })),
    );
    expect(await replayDesk(scene.database).batch(batch)).toMatchObject({
      ...{ files: 3, requested: 3, stored: 3, underWay: 0, isExpanded: true },
      ...{ newReadings: 3, corrections: 0, withdrawn: 3 },
    });
    expect(await scene.faults()).toEqual([]);
  });

  test('a second request changes nothing', async () => {
    await scene.reread(all);
    await scene.settle();
    const before = await query('SELECT * FROM readings ORDER BY instant');
    const batch = await scene.reread(all);
    await scene.settle();
    expect(await query('SELECT * FROM readings ORDER BY instant')).toEqual(before);
    expect(await replayDesk(scene.database).batch(batch)).toMatchObject({
      ...{ stored: 3, newReadings: 0, corrections: 0, withdrawn: 0 },
    });
  });

  test('only what is in the range is read, by the times of the data or of the reception', async () => {
    await scene.reread({
      from: new Date('2026-01-01T10:05:00Z'),
      to: new Date('2026-01-01T10:10:00Z'),
    });
    expect((await scene.settle()).map(({ reception: { name } }) => name)).toEqual([
      'S1_20260101170500.txt',
    ]);
    await scene.reread({ from: new Date(lateAt(0)), to: new Date(lateAt(5)) }, { by: 'reception' });
    expect((await scene.settle()).map(({ reception: { name } }) => name)).toEqual([
      'S1_20260101170000.txt',
    ]);
  });

  test('by either time what lies between data and reception counts, as the true times do', async () => {
    const trueTimes = { from: new Date('2026-01-01T17:05:00Z'), to: new Date(lateAt(5)) };
    await scene.reread(trueTimes);
    expect(await scene.settle()).toEqual([]);
    await scene.reread(trueTimes, { by: 'any' });
    expect((await scene.settle()).map(({ reception: { name } }) => name)).toEqual([
      'S1_20260101170000.txt',
      'S1_20260101170500.txt',
      'S1_20260101171000.txt',
    ]);
    expect(await readings()).toHaveLength(3);
  });

  test('gaps are judged anew where readings vanished and where they are now, and all is assessed again', async () => {
    await scene.database.execute('DELETE FROM assessment_due');
    await scene.reread(all);
    await scene.settle();
    const span = [{ from: new Date('2026-01-01T10:00:00Z'), to: new Date('2026-01-01T17:10:00Z') }];
    expect(await query('SELECT from_instant AS from, to_instant AS to FROM gaps_due')).toEqual(
      span,
    );
    expect(
      await query('SELECT from_instant AS from, to_instant AS to FROM assessment_due'),
    ).toEqual(span);
  });

  test('the dry run says exactly what then happens, and changes nothing', async () => {
    const desk = replayDesk(scene.database);
    const selection = { kind: 'reread', station: 'S1', by: 'data', ...all } as const;
    const before = await query('SELECT * FROM readings ORDER BY instant');
    const foreseen = await desk.foreseeReread(selection, { files: 100, examples: 2 });
    expect(foreseen).toEqual({
      ...{ files: 3, looked: 3, changedFiles: 3, quarantinedFiles: 0 },
      ...{ newReadings: 3, corrections: 0, withdrawn: 3, deliveries: 3, withdrawnDeliveries: 0 },
      examples: [
        {
          ...{ kind: 'new', station: 'S1', parameter: 'pH' },
          ...{ instant: new Date('2026-01-01T17:00:00Z'), fileName: 'S1_20260101170000.txt' },
          ...{ before: null, after: { value: 7, unit: '' } },
        },
        {
          ...{ kind: 'withdrawn', station: 'S1', parameter: 'pH' },
          ...{ instant: new Date('2026-01-01T10:00:00Z'), fileName: 'S1_20260101170000.txt' },
          ...{ before: { value: 7, unit: '' }, after: null },
        },
      ],
    });
    expect(await query('SELECT * FROM readings ORDER BY instant')).toEqual(before);
    expect(await query('SELECT * FROM replay_batches')).toEqual([]);
  });

  test('the logger’s own resend is read as well, once', async () => {
    const file = await scene.receiveLate(20, ['pH;7.2;;20']);
    await scene.register(withS1({ utcOffsetMinutes: 60 }));
    await scene.pass(again(file));
    await scene.pass(again(file));
    expect(await readings()).toContain('S1 pH 16:20: 7.2 rev 1 from S1_20260101172000.txt line 1');
    expect((await readings()).filter((row) => row.includes('17:20'))).toEqual([]);
    expect((await scene.recorder.outcomes()).slice(-2)).toEqual([
      expect.objectContaining({ outcome: 'stored', new: 1, corrections: 0 }),
      expect.objectContaining({ outcome: 'duplicate', new: 0, repeats: 0 }),
    ]);
    const [row] = await query<{ codes: string[] }>(
      `SELECT array(SELECT jsonb_array_elements(warnings)->>'code') AS codes FROM receptions
       WHERE outcome = 'stored' ORDER BY spool_sequence DESC LIMIT 1`,
    );
    expect(row?.codes).toEqual(['read-again', 'readings-withdrawn']);
    expect(await scene.faults()).toEqual([]);
  });
});

describe('a resend', () => {
  test('is a duplicate where nothing that counts was changed', async () => {
    const file = await scene.receiveLate(0, ['pH;7;;0']);
    await scene.register(withS1({ name: 'Tên mới', intervalMinutes: 60 }));
    await scene.pass(again(file));
    expect(await scene.recorder.outcomes()).toMatchObject([
      { outcome: 'stored' },
      { outcome: 'duplicate' },
    ]);
  });

  test('is a duplicate where the change makes no difference to it', async () => {
    const file = await scene.receiveLate(0, ['pH;7;;0']);
    await scene.register(withS1({ parameters: [{ parameter: 'TSS', factor: 2 }] }));
    await scene.pass(again(file));
    expect((await scene.recorder.outcomes()).at(-1)).toMatchObject({ outcome: 'duplicate' });
    expect(await readings()).toEqual(['S1 pH 10:00: 7 rev 1 from S1_20260101170000.txt line 1']);
  });

  test('is not read by a normaliser that has not seen the change', async () => {
    const file = await scene.receiveLate(0, ['pH;7;;0']);
    const behind = scene.view;
    await scene.register(onUtc);
    await scene.pass(again(file));
    scene.view = behind;
    await scene.pass(again(file));
    expect(await readings()).toEqual(['S1 pH 17:00: 7 rev 1 from S1_20260101170000.txt line 1']);
  });

  test('of a file that a person assigned stays as it was assigned', async () => {
    const file = await scene.receiveLate(0, ['pH;7;;0']);
    const { fileId } = file.reception;
    await scene.request({ selection: { kind: 'files', fileIds: [fileId] }, station: 'S2' });
    await scene.settle();
    await scene.register(onUtc);
    await scene.pass(again(file));
    await scene.reread(all, { station: 'S2' });
    await scene.settle();
    expect(await readings()).toEqual(['S2 pH 10:00: 7 rev 1 from S1_20260101170000.txt line 1']);
  });

  test('of a file from before marks is read where its station was changed since', async () => {
    const file = await scene.receiveLate(0, ['pH;7;;0']);
    await scene.database.execute('UPDATE files SET reading_mark = NULL, read_revision = NULL');
    await scene.pass(again(file));
    expect((await scene.recorder.outcomes()).at(-1)).toMatchObject({ outcome: 'duplicate' });
    await scene.register(onUtc);
    await scene.pass(again(file));
    expect(await readings()).toEqual(['S1 pH 17:00: 7 rev 1 from S1_20260101170000.txt line 1']);
  });
});

describe('other corrections', () => {
  test.each<[string, Partial<Station>, readonly string[], readonly string[]]>([
    [
      'a factor',
      { parameters: [{ parameter: 'TSS', factor: 2 }] },
      ['TSS;9;mg/L;0'],
      ['S1 TSS 10:00: 18 rev 2 from S1_20260101170000.txt line 1'],
    ],
    [
      'a unit',
      { parameters: [{ parameter: 'TSS', unit: 'g/L' }] },
      ['TSS;9000;mg/L;0'],
      ['S1 TSS 10:00: 9 rev 2 from S1_20260101170000.txt line 1'],
    ],
    [
      'a mapping of a symbol that was known',
      { parameters: [{ parameter: 'TSS', mapping: 'pH' }] },
      ['pH;7;;0'],
      ['S1 TSS 10:00: 7 rev 1 from S1_20260101170000.txt line 1'],
    ],
  ])('%s', async (_, change, lines, expected) => {
    await scene.receiveLate(0, lines);
    await scene.register(withS1(change));
    await scene.reread(all);
    await scene.settle();
    expect(await readings()).toEqual(expected);
  });

  test('a factor of a value that stays', async () => {
    await scene.receiveLate(0, ['TSS;0;mg/L;0']);
    await scene.register(withS1({ parameters: [{ parameter: 'TSS', factor: 2 }] }));
    await scene.reread(all);
    await scene.settle();
    expect(await query('SELECT value, factor, revision FROM readings')).toEqual([
      { value: 0, factor: 2, revision: 1 },
    ]);
  });

  test('a profile', async () => {
    await scene.receiveLate(0, ['TSS;1,234;mg/L;0']);
    await scene.register(
      withS1({ profiles: ['P'] }, { profiles: [{ code: 'P', name: 'P', decimalSign: ',' }] }),
    );
    await scene.reread(all);
    await scene.settle();
    expect(await readings()).toEqual([
      'S1 TSS 10:00: 1.234 rev 2 from S1_20260101170000.txt line 1',
    ]);
  });

  test('a range: the values stay, what is thought of them changes', async () => {
    await scene.receiveLate(0, ['TSS;900;mg/L;0']);
    await scene.register(withS1({ parameters: [{ parameter: 'TSS', min: 0, max: 500 }] }));
    await scene.reread(all);
    await scene.settle();
    expect(await query('SELECT value, flag, reasons, revision FROM readings')).toEqual([
      { value: 900, flag: 4, reasons: ['out-of-range@1[0..500]'], revision: 2 },
    ]);
  });

  test('a file that is not understood any more gives up its readings, and waits', async () => {
    const behind = withS1({ utcOffsetMinutes: -600 });
    await scene.receiveLate(0, ['pH;7;;0']);
    await scene.register(behind);
    await scene.reread(all);
    await scene.settle();
    expect(await readings()).toEqual([]);
    expect(await scene.quarantine()).toContain('file 0 time-in-future open');
    expect(await query('SELECT state, data_from, reading_mark FROM files')).toEqual([
      { state: 'quarantined', data_from: null, reading_mark: null },
    ]);
    await scene.register(registry);
    await scene.reread(all);
    await scene.settle();
    expect(await readings()).toEqual(['S1 pH 10:00: 7 rev 1 from S1_20260101170000.txt line 1']);
    expect(await scene.quarantine()).not.toContain('file 0 time-in-future open');
  });
});

test('what another file said before is current again where a wrong time had replaced it', async () => {
  await scene.receiveLate(0, ['pH;7;;0']);
  await scene.receive('S1_20260101100000.txt', ['pH\t5\t\t20260101170000\t00'], lateAt(30));
  expect(await readings()).toEqual(['S1 pH 10:00: 5 rev 2 from S1_20260101100000.txt line 1']);
  await scene.register(onUtc);
  await scene.reread({ from: new Date(lateAt(20)) }, { by: 'reception' });
  await scene.settle();
  expect(await readings()).toEqual([
    'S1 pH 10:00: 7 rev 3 from S1_20260101170000.txt line 1',
    'S1 pH 17:00: 5 rev 1 from S1_20260101100000.txt line 1',
  ]);
});

test('a time that had come when its file was resent is no time of the future', async () => {
  const lines = ['pH\t7.1\t\t20260102013000\t00']; // 18:30 in UTC
  await scene.receive('S1_a.txt', lines, lateAt(0));
  expect(await readings()).toEqual([]);
  await scene.receive('S1_a.txt', lines, lateAt(40));
  expect(await readings()).toHaveLength(1);
  await scene.reread(all, { by: 'any' });
  expect(await scene.settle()).toHaveLength(1);
  expect(await readings()).toHaveLength(1);
  expect(await scene.quarantine()).toEqual(
    expect.not.arrayContaining([expect.stringMatching(/open$/)]),
  );
});

test('what a later file had repeated stays where the first one gives it up', async () => {
  await scene.receiveLate(0, ['pH;7;;0']);
  await scene.register(onUtc);
  // By the registry as it is now the same key and value: a repeat.
  await scene.receive('S1_x.txt', ['pH\t7\t\t20260101100000\t00'], lateAt(30));
  await scene.reread({ to: new Date(lateAt(20)) }, { by: 'reception' });
  expect(await scene.settle()).toHaveLength(2);
  expect(await readings()).toEqual([
    'S1 pH 10:00: 7 rev 1 from S1_x.txt line 1',
    'S1 pH 17:00: 7 rev 1 from S1_20260101170000.txt line 1',
  ]);
});

test('files that a normaliser read by an older registry are asked for again, with all that follow', async () => {
  for (const minute of [0, 5, 10]) await scene.receiveLate(minute, [`pH;7;;${minute}`]);
  const behind = scene.view;
  await scene.register(onUtc);
  const now = scene.view;
  const batch = await scene.reread(all);
  await scene.work();
  const [first, second, third] = await scene.takeOutbox();
  scene.view = behind;
  await scene.pass(first!);
  scene.view = now;
  await scene.pass(second!);
  await scene.pass(third!);
  expect(await replayDesk(scene.database).batch(batch)).toMatchObject({ underWay: 1, stored: 2 });
  expect(await scene.settle()).toEqual([]);
  await scene.database.execute(
    `UPDATE replays SET recorded_at = recorded_at - interval '2 seconds'`,
  );
  expect((await scene.settle()).map(({ reception: { name } }) => name.slice(-8, -4))).toEqual([
    '0000',
    '0500',
    '1000',
  ]);
  expect(await readings()).toHaveLength(3);
  expect((await readings()).every((row) => row.includes(' 17:'))).toBe(true);
  expect(await replayDesk(scene.database).batch(batch)).toMatchObject({
    ...{ requested: 3, stored: 3, underWay: 0, isExpanded: true, newReadings: 3, withdrawn: 3 },
  });
  expect(await scene.faults()).toEqual([]);
});
