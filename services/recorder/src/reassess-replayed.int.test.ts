import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { registry } from './testing/recorder-scene.ts';
import { ReplayScene } from './testing/replay-scene.ts';

let scene: ReplayScene;
beforeEach(async () => {
  scene = await ReplayScene.create();
});
afterEach(() => scene.close());

/** What the assessor has yet to look at; it takes the rows away, as `assessed` does here. */
const due = () =>
  scene.database.query(
    `SELECT station, day::text, from_instant AS "from", to_instant AS "to"
     FROM assessment_due JOIN station_keys USING (station_id) ORDER BY station, day`,
  );
const assessed = () => scene.database.execute('DELETE FROM assessment_due');
const replay = async (fileId: string) => {
  await scene.request({ selection: { kind: 'files', fileIds: [fileId] } });
  expect(await scene.settle()).toHaveLength(1);
};

describe('what a replay brings is assessed', () => {
  test('from its first instant to its last, of the station that a person assigned', async () => {
    await scene.receive('odd_20260101170001.txt', ['pH;7.1;;0', 'pH;7.2;;25']);
    expect(await due()).toEqual([]);
    await scene.request({ selection: { kind: 'quarantine' }, station: 'S2' });
    await scene.settle();
    expect(await due()).toEqual([
      {
        ...{ station: 'S2', day: '2026-01-01' },
        ...{ from: new Date('2026-01-01T10:00:00Z'), to: new Date('2026-01-01T10:25:00Z') },
      },
    ]);
  });

  test('of each day (UTC) that it touches', async () => {
    await scene.receive(
      'odd_20260102070000.txt',
      [
        'pH\t7.1\t\t20260102065500\t00', // 23:55 of the day before in UTC
        'pH\t7.2\t\t20260102070000\t00',
      ],
      '2026-01-02T00:01:00Z',
    );
    await scene.request({ selection: { kind: 'quarantine' }, station: 'S2' });
    await scene.settle();
    expect(await due()).toMatchObject([
      { day: '2026-01-01', from: new Date('2026-01-01T23:55:00Z') },
      { day: '2026-01-02', to: new Date('2026-01-02T00:00:00Z') },
    ]);
  });

  test('where readings move off an unknown symbol', async () => {
    await scene.receive('S1_20260101170001.txt', ['BOD;3;mg/L;0', 'pH;7;;5']);
    await assessed();
    const bod = { code: 'BOD', symbol: 'BOD', name: 'BOD5', nameEn: 'BOD5', unit: 'mg/L' };
    await scene.register({ ...registry, parameters: [...registry.parameters, bod] });
    await scene.settle();
    expect(await due()).toMatchObject([
      {
        station: 'S1',
        from: new Date('2026-01-01T10:00:00Z'),
        to: new Date('2026-01-01T10:00:00Z'),
      },
    ]);
  });

  test('but not again where it brings nothing new', async () => {
    const { reception } = await scene.receive('S1_20260101170001.txt', ['pH;7.1;;0']);
    await assessed();
    await replay(reception.fileId);
    expect(await due()).toEqual([]);
  });
});
