import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { lookingAtReadings } from './look-at-readings.ts';
import { NotifierScene, start } from './testing/notifier-scene.ts';

const hourMs = 3_600_000;

let scene: NotifierScene;
beforeEach(async () => {
  scene = await NotifierScene.create();
  await scene.database.execute(
    `INSERT INTO station_keys (station) VALUES ('S1'), ('S2') ON CONFLICT DO NOTHING`,
  );
  await scene.database.execute(
    `INSERT INTO parameter_keys (parameter) VALUES ('pH'), ('COD') ON CONFLICT DO NOTHING`,
  );
});
afterEach(() => scene.close());

/** Readings of every five minutes from so many hours after the start, of this status. */
async function record(
  station: string,
  parameter: string,
  fromHours: number,
  toHours: number,
  status = '00',
): Promise<void> {
  await scene.database.execute(
    `INSERT INTO readings (station_id, parameter_id, instant, unit, raw_value, raw_unit, status, flag, reasons,
                           file_no, line)
     SELECT station_id, parameter_id, instant, '', '', '', $5, 1, '{}', 1, 1
     FROM station_keys, parameter_keys,
          generate_series($3::timestamptz, $4::timestamptz - interval '1 second', interval '5 minutes') AS instant
     WHERE station = $1 AND parameter = $2`,
    [station, parameter, at(fromHours), at(toHours), status],
  );
}

const at = (hours: number): Date => new Date(start + hours * hourMs);

function look() {
  return lookingAtReadings({
    ...scene.planParts(),
    store: scene.store,
    daily: { hour: 7, leastShare: 0.85 },
    device: { calibrationMs: 4 * hourMs, faultMs: hourMs / 2, repeatMs: hourMs / 4 },
  });
}

async function lookAt(hours: number, looking = look()): Promise<readonly string[]> {
  scene.now = hours;
  const before = scene.happened.length;
  await looking();
  return scene.happened
    .slice(before)
    .map(({ payload: { kind, audience, stations } }) => [kind, audience, stations].join(' '));
}

test('thin data of a day are one digest, whoever looks how often', async () => {
  // The day of Vietnam begins 7 hours before the scene.
  await record('S1', 'pH', -7, 8);
  await record('S2', 'pH', -7, 17);
  expect(await lookAt(24.1)).toEqual(['thin office 1']);
  expect(await lookAt(25)).toEqual([]);
  const again = await Promise.all([lookAt(26), lookAt(26), lookAt(26)]);
  expect(again.flat()).toEqual([]);
  expect(await scene.mails()).toEqual(['so@example.vn due 0']);
});

test('a fault and a long calibration are announced once, and again when they came back', async () => {
  await record('S1', 'pH', -2, 6);
  await record('S1', 'COD', -2, 1);
  await record('S1', 'COD', 1, 6, '02');
  await record('S2', 'pH', -2, 6, '01');
  expect(await lookAt(1.2)).toEqual([]);
  expect(await lookAt(1.6)).toEqual(['fault office 1']);
  const again = await Promise.all([lookAt(1.7), lookAt(1.7), lookAt(1.7)]);
  expect(again.flat()).toEqual([]);
  expect(await lookAt(3)).toEqual(['calibration office 1']);
  await record('S1', 'COD', 6, 7);
  expect(await lookAt(7)).toEqual([]);
  await record('S1', 'COD', 7, 9, '02');
  expect(await lookAt(8)).toEqual(['fault office 1']);
  expect(await lookAt(9)).toEqual([]);
});
