import type { Station } from '@envigate/contracts';
import type { AttributionDesk } from '@envigate/domain';
import { attributionDesk } from '@envigate/postgres';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { judgingAnew } from './judge-anew.ts';
import { at, describe as describeEvent, fileOf, GapScene, registry } from './testing/gap-scene.ts';

let scene: GapScene;
let desk: AttributionDesk;
beforeEach(async () => {
  scene = await GapScene.create();
  desk = attributionDesk(scene.database);
  const station = (i: number): Station => ({
    ...{ code: `J${i}`, facility: i < 3 ? 'F1' : 'F2', name: `Trạm ${i}`, kind: 'waste-water' },
  });
  scene.registry = {
    ...registry,
    facilities: ['F1', 'F2'].map((code) => ({ code, name: code, provinceCode: 'BD' })),
    stations: Array.from({ length: 6 }, (_, i) => station(i)),
  };
  const minutes = Array.from({ length: 21 }, (_, i) => 5 * i);
  for (let i = 0; i < 6; i += 1) await scene.hear(fileOf(minutes, { station: `J${i}` }));
});
afterEach(() => scene.close());

/** Six stations are silent since minute 100. J5 sends on. */
async function fallSilent(until: number): Promise<void> {
  for (let now = 110; now <= until; now += 30) {
    await scene.hear(fileOf([now - 5], { station: 'J5', receivedAt: now - 5 }));
    await scene.look(now);
  }
}

/** Of the station's newest event. */
async function stateOf(station: string) {
  const own = (await scene.events()).filter((event) => event.station === station);
  const last = own.at(-1);
  return { what: last && describeEvent(last), ...last?.gap };
}

/** The record has what was heard of the silent stations, and the detector judges from it what is due. */
async function rejudge(): Promise<void> {
  const { database } = scene;
  await database.execute(`INSERT INTO parameter_keys (parameter) VALUES ('pH')`);
  await database.execute(
    `WITH file AS (
       INSERT INTO files (file_id, content_hash, account, name, content, state)
       VALUES ('x', '', 'A1', 'x', '', 'stored') RETURNING file_no
     )
     INSERT INTO readings (station_id, parameter_id, instant, unit, raw_value, raw_unit, status, flag, reasons,
                           file_no, line, revision)
     SELECT station_id, parameter_id, instant, '', '', '', '00', 1, '{}', file_no, 1, 1
     FROM file, station_keys, parameter_keys,
          generate_series($1::timestamptz, $2::timestamptz, interval '5 minutes') AS instant
     WHERE station LIKE 'J%'`,
    [at(0), at(100)],
  );
  await database.execute(
    `INSERT INTO sink_positions (consumer, log, stream, partition, position)
     SELECT 'recorder', log, stream, partition, position FROM sink_positions WHERE consumer = 'gap-detector'`,
  );
  // The days from the scene until today have no data.
  await database.execute('DELETE FROM gaps_due WHERE day > $1', [at(0)]);
  await judgingAnew(scene.parts)();
}

test('stations that fall silent together are probably ours, until half of them are back', async () => {
  await fallSilent(200);
  expect(scene.happened).toContainEqual({
    name: 'joint-silence-found',
    payload: { scope: 'province', code: 'BD', stations: 5 },
  });
  expect(await stateOf('J0')).toMatchObject({
    ...{ what: 'recounted J0 100–open 1h', isProbablyOurs: true, jointId: 1 },
  });
  const events = (await scene.events()).length;
  await scene.look(210);
  expect(await scene.events()).toHaveLength(events);

  for (const station of ['J0', 'J1', 'J2'])
    await scene.hear(fileOf([300], { station, receivedAt: 300 }));
  await scene.look(301);
  expect(await stateOf('J1')).toMatchObject({ what: 'closed J1 100–300 1h', isProbablyOurs: true });
  expect((await desk.list({ limit: 5 })).rows).toMatchObject([
    { jointId: 1, stations: ['J0', 'J1', 'J2', 'J3', 'J4'], verdict: null, to: expect.any(Date) },
  ]);
  // What is still silent when less than half of it was in common is the station's.
  await scene.look(520);
  expect(await stateOf('J3')).not.toHaveProperty('isProbablyOurs');
});

test('a person decides: gaps are judged anew, and the decision is kept with who made it', async () => {
  await fallSilent(200);
  await scene.look(205);
  expect(await desk.decide({ kind: 'joint', jointId: 1 }, 'theirs', 'chị Lan', 'gọi')).toEqual({
    ...{ kind: 'decided', jointId: 1, stations: ['J0', 'J1', 'J2', 'J3', 'J4'] },
  });
  const rows = (await desk.list({ limit: 5 })).rows;
  expect(rows).toMatchObject([
    { verdict: 'theirs', decisions: [{ verdict: 'theirs', actor: 'chị Lan', note: 'gọi' }] },
  ]);
  await desk.decide({ kind: 'joint', jointId: 1, station: 'J2' }, 'ours', 'anh Ba', 'cáp');
  await desk.decide({ kind: 'joint', jointId: 1 }, 'ours', 'anh Ba', 'đứt cáp');
  expect(
    (await desk.list({ limit: 5 })).rows[0]?.decisions.map((one) => [one.verdict, one.counts]),
  ).toEqual([
    ...[
      ['ours', true],
      ['ours', false],
      ['theirs', false],
    ],
  ]);
  await rejudge();
  // Nothing of an open silence counts any more: it is no gap, as long as the others are silent too.
  expect(await stateOf('J0')).toMatchObject({ what: 'removed J0 100–open 1h' });
  expect((await scene.gaps()).filter((gap) => !gap.startsWith('J5'))).toEqual([]);
  expect(await scene.database.query('SELECT FROM gaps_due')).toEqual([]);
});
