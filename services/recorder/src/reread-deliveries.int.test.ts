import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RereadSelection } from '@envigate/domain';
import { replayDesk } from '@envigate/postgres';
import { onUtc, withS1 } from './testing/recorder-scene.ts';
import { lateAt, ReplayScene } from './testing/replay-scene.ts';

const all = { from: new Date('2026-01-01T00:00:00Z') };

let scene: ReplayScene;
beforeEach(async () => {
  scene = await ReplayScene.create();
});
afterEach(() => scene.close());

const query = <Row extends object>(sql: string) => scene.database.query<Row>(sql);

describe('deliveries', () => {
  const deliveries = () =>
    query<{ state: string; at: string; name: string; withdrawn: boolean; resend: boolean }>(
      `SELECT state, to_char(data_instant AT TIME ZONE 'UTC', 'HH24:MI') AS at, file_name AS name,
              withdrawn_by IS NOT NULL AS withdrawn, resend
       FROM deliveries ORDER BY delivery_id`,
    );
  const asSent = () =>
    scene.database.execute(`UPDATE deliveries SET state = 'sent', ended_at = now()`);
  const foresee = (range: Partial<RereadSelection> = all) =>
    replayDesk(scene.database).foreseeReread(
      { kind: 'reread', station: 'S1', by: 'data', ...range },
      { files: 100, examples: 0 },
    );

  test('of moments that are gone from the record are not sent, or marked as withdrawn; the true ones are due', async () => {
    await scene.receiveLate(0, ['pH;7;;0']);
    await asSent();
    await scene.receiveLate(5, ['pH;7;;5']);
    await scene.register(onUtc);
    expect(await foresee()).toMatchObject({ deliveries: 2, withdrawnDeliveries: 1 });
    await scene.reread(all);
    await scene.settle();
    const [first, second] = ['LA_NM_S1_20260101170000.txt', 'LA_NM_S1_20260101170500.txt'];
    expect(new Set(await deliveries())).toEqual(
      new Set([
        { state: 'sent', at: '10:00', name: first, withdrawn: true, resend: false },
        { state: 'withheld', at: '10:05', name: second, withdrawn: false, resend: false },
        { state: 'due', at: '17:00', name: first, withdrawn: false, resend: true },
        { state: 'due', at: '17:05', name: second, withdrawn: false, resend: false },
      ]),
    );
  });

  test('of a file that gives nothing to send any more are withheld', async () => {
    await scene.receiveLate(0, ['pH;7;;0']);
    await scene.register(withS1({ utcOffsetMinutes: -600 }));
    await scene.reread(all);
    await scene.settle();
    expect(await deliveries()).toMatchObject([{ state: 'withheld' }]);
  });

  test('of a moment whose earlier values are current again fall due', async () => {
    await scene.receiveLate(0, ['pH;7;;0']);
    await scene.receive('S1_20260101100000.txt', ['pH\t5\t\t20260101170000\t00'], lateAt(30));
    await asSent();
    await scene.register(onUtc);
    const late = { by: 'reception', from: new Date(lateAt(20)) } as const;
    expect(await foresee(late)).toMatchObject({ deliveries: 2, withdrawnDeliveries: 0 });
    await scene.reread(late, late);
    await scene.settle();
    const due = await query<{ at: string; text: string }>(
      `SELECT to_char(data_instant AT TIME ZONE 'UTC', 'HH24:MI') AS at,
              split_part(convert_from(payload, 'UTF8'), E'\t', 2) AS text
       FROM deliveries WHERE state = 'due' ORDER BY 1`,
    );
    expect(due).toEqual([
      { at: '10:00', text: '7' },
      { at: '17:00', text: '5' },
    ]);
  });

  test('of readings that stay get the times of the corrected offset, and their day is assessed again', async () => {
    await scene.receiveLate(0, ['pH;7;;2026-01-01T17:00:00+07:00']);
    await scene.database.execute('DELETE FROM assessment_due');
    await scene.register(onUtc);
    expect(await foresee()).toMatchObject({ newReadings: 0, withdrawn: 0, deliveries: 1 });
    await scene.reread(all);
    await scene.settle();
    expect(await deliveries()).toMatchObject([
      { state: 'withheld', at: '10:00', name: 'LA_NM_S1_20260101170000.txt' },
      { state: 'due', at: '10:00', name: 'LA_NM_S1_20260101100000.txt' },
    ]);
    expect(await query('SELECT day::text FROM assessment_due')).toEqual([{ day: '2026-01-01' }]);
  });

  test('of a value that another line of its file gives now get the time of that line', async () => {
    await scene.receiveLate(0, ['pH;8;;10', 'pH;8;;5']);
    await scene.register(withS1({ utcOffsetMinutes: 415 }));
    expect(await foresee()).toMatchObject({ newReadings: 1, withdrawn: 1, deliveries: 2 });
    await scene.reread(all);
    await scene.settle();
    const due = (await deliveries()).filter(({ state }) => state === 'due');
    expect(due.map(({ at, name }) => `${at} ${name}`).sort()).toEqual([
      '10:10 LA_NM_S1_20260101170500.txt',
      '10:15 LA_NM_S1_20260101171000.txt',
    ]);
  });

  test('are left alone where nothing was changed', async () => {
    await scene.receiveLate(0, ['pH;7;;0']);
    await asSent();
    expect(await foresee()).toMatchObject({ deliveries: 0, withdrawnDeliveries: 0 });
    await scene.reread(all);
    await scene.settle();
    expect(await deliveries()).toHaveLength(1);
  });
});
