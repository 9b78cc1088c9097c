import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { normalised, RecorderScene } from './testing/recorder-scene.ts';
import { ReplayScene } from './testing/replay-scene.ts';
import { proveRecord } from './testing/prove-record.ts';

/** In `normalised` the lines are the bytes: two names with the same lines are the same content. */
const old = ['pH 0 7.1', 'TSS 0 20'];
const corrected = ['pH 0 7.9', 'TSS 0 20'];

describe('the bytes of a file that was corrected, sent again under another name', () => {
  let scene: RecorderScene;
  beforeEach(async () => {
    scene = await RecorderScene.create();
  });
  afterEach(() => scene.close());

  const files = () => [
    normalised('S1_1.txt', old),
    normalised('S1_2.txt', corrected),
    normalised('S1_1_resend.txt', old),
  ];
  const current = async () => (await scene.readings()).filter((row) => row.startsWith('S1 pH'));
  const warnings = () =>
    scene.database.query(
      `SELECT name, warnings FROM receptions JOIN files USING (file_no)
       WHERE warnings <> '[]' ORDER BY spool_sequence`,
    );
  const reported = {
    name: 'S1_1_resend.txt',
    warnings: [
      {
        code: 'values-superseded',
        detail: 'repeated-readings@1[1]',
      },
    ],
  };
  const outcomes = [
    { new: 2, corrections: 0, repeats: 0 },
    { new: 0, corrections: 1, repeats: 1 },
    { new: 0, corrections: 0, repeats: 2 },
  ];

  test.each([
    ['in batches of their own', false],
    ['in one batch', true],
  ])('bring the old value back no more, and say so: %s', async (_, isOneBatch) => {
    if (isOneBatch) await scene.record(...files());
    else for (const file of files()) await scene.record(file);
    expect(await current()).toEqual(['S1 pH 10:00: 7.9 rev 2 from S1_2.txt line 1']);
    expect(await scene.readings('reading_revisions')).toEqual([
      'S1 pH 10:00: 7.1 rev 1 from S1_1.txt line 1',
    ]);
    expect(await scene.outcomes()).toMatchObject(outcomes);
    expect(await warnings()).toEqual([reported]);
    expect(await proveRecord(scene.database)).toEqual([]);
  });

  test('are kept byte for byte, and are neither forwarded nor assessed again', async () => {
    const [first, second, third] = files();
    await scene.record(first!);
    await scene.record(second!);
    const before = await scene.database.query('SELECT * FROM assessment_due');
    await scene.record(third!);
    expect(await scene.database.query('SELECT * FROM assessment_due')).toEqual(before);
    expect(
      await scene.database.query(
        `SELECT name, target FROM files f
         LEFT JOIN deliveries d ON f.file_no = d.file_no OR f.file_no = ANY(d.more_files)
         ORDER BY f.file_no`,
      ),
    ).toEqual([
      { name: 'S1_1.txt', target: 'ministry' },
      { name: 'S1_2.txt', target: 'ministry' },
      { name: 'S1_1_resend.txt', target: null },
    ]);
  });

  test('are plain repeats where nothing was corrected', async () => {
    await scene.record(normalised('S1_1.txt', old), normalised('S1_1_resend.txt', old));
    expect(await warnings()).toEqual([]);
    expect(await scene.outcomes()).toMatchObject([{ new: 2 }, { repeats: 2 }]);
  });

  test('win over no correction either, however often each comes', async () => {
    for (const file of files()) await scene.record(file);
    await scene.record(normalised('S1_2_resend.txt', corrected));
    await scene.record(normalised('S1_1_resend2.txt', old));
    expect(await current()).toEqual(['S1 pH 10:00: 7.9 rev 2 from S1_2.txt line 1']);
  });

  test('still bring what they did not bring before, read by another profile', async () => {
    await scene.record(normalised('S1_1.txt', old));
    await scene.record(normalised('S1_2.txt', corrected));
    const again = normalised('S1_1_resend.txt', old);
    const [ph, tss] = again.readings;
    const readOtherwise = [{ ...ph!, value: 7.1, status: '01' }, tss!];
    await scene.record({ ...again, readings: readOtherwise });
    expect(await current()).toEqual(['S1 pH 10:00: 7.1 rev 3 from S1_1_resend.txt line 1']);
  });
});

test('the old value in other bytes is a correction back', async () => {
  const scene = await RecorderScene.create();
  try {
    await scene.record(normalised('S1_1.txt', old));
    await scene.record(normalised('S1_2.txt', corrected));
    await scene.record(normalised('S1_3.txt', [...old, 'pH 5 7']));
    await scene.record(normalised('S1_2_resend.txt', corrected));
    expect(await scene.readings()).toEqual([
      'S1 TSS 10:00: 20 rev 1 from S1_1.txt line 2',
      'S1 pH 10:00: 7.1 rev 3 from S1_3.txt line 1',
      'S1 pH 10:05: 7 rev 1 from S1_3.txt line 3',
    ]);
  } finally {
    await scene.close();
  }
});

test('the replay of a file with bytes that were corrected brings nothing back either', async () => {
  const scene = await ReplayScene.create();
  try {
    await scene.receive('S1_20260101170000.txt', ['pH;7.1;;0'], '2026-01-01T10:01:00Z');
    await scene.receive('S1_20260101170001.txt', ['pH;7.9;;0'], '2026-01-01T10:02:00Z');
    const { reception } = await scene.receive(
      'S1_20260101170002.txt',
      ['pH;7.1;;0'],
      '2026-01-01T10:03:00Z',
    );
    await scene.request({ selection: { kind: 'files', fileIds: [reception.fileId] } });
    expect(await scene.settle()).toHaveLength(1);
    expect(await scene.recorder.readings()).toEqual([
      'S1 pH 10:00: 7.9 rev 2 from S1_20260101170001.txt line 1',
    ]);
    expect(await scene.recorder.readings('reading_revisions')).toEqual([
      'S1 pH 10:00: 7.1 rev 1 from S1_20260101170000.txt line 1',
    ]);
    expect(await scene.faults()).toEqual([]);
  } finally {
    await scene.close();
  }
});
