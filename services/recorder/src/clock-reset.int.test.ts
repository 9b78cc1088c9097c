import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { StationFile } from '@envigate/contracts';
import { discardHeld } from '@envigate/postgres';
import { reception } from './testing/recorder-scene.ts';
import { ReplayScene } from './testing/replay-scene.ts';

let scene: ReplayScene;
beforeEach(async () => {
  scene = await ReplayScene.create();
  scene.recorder.clockReset = { minLagHours: 20, minCorrectedShare: 0.5, minSilenceIntervals: 0.9 };
});
afterEach(() => scene.close());

const minute = 60_000;
const start = Date.UTC(2026, 0, 2, 3);
/** As the logger writes it, at +07:00. */
const written = (at: number) =>
  new Date(at + 420 * minute).toISOString().replace(/[-:T]/g, '').slice(0, 14);

/** A file whose clock shows `shown`, received at `minutes` after the start. */
function fileAt(minutes: number, shown: number, ph: number, tss = ph): StationFile {
  const lines = [`pH\t${ph}\t\t${written(shown)}\t00`, `TSS\t${tss}\tmg/L\t${written(shown)}\t00`];
  const content = Buffer.from(lines.join('\r\n'));
  // The name has a second of its own: the logger names its files by the time of sending.
  const name = `S1_${written(shown)}_${minutes}.txt`;
  const receivedAt = new Date(start + minutes * minute + 1_000).toISOString();
  return {
    type: 'station-file.v2',
    reception: { ...reception(name, content), receivedAt },
    content,
  };
}
const inStep = (minutes: number, ph: number) => fileAt(minutes, start + minutes * minute, ph);
const day = 24 * 60;
const dayBack = (minutes: number, ph: number, tss?: number) =>
  fileAt(minutes, start + (minutes - day) * minute, ph, tss);

const query = <Row extends object>(sql: string) => scene.database.query<Row>(sql);
const current = () =>
  query(`SELECT instant, parameter, value, revision FROM readings
         JOIN parameter_keys USING (parameter_id) ORDER BY instant, parameter`);
const held = () => query(`SELECT reason, resolution FROM quarantine ORDER BY quarantine_id`);
const dueWith = (value: string) =>
  query(`SELECT data_instant AS at FROM deliveries
         WHERE state = 'due' AND convert_from(payload, 'UTF8') LIKE 'pH%${value}%'`);
const deliveries = () => query('SELECT state FROM deliveries');

/** Yesterday and today, three files each, up to 10 minutes after the start. */
async function twoDays(): Promise<void> {
  for (const minutes of [0, 5, 10, 15, 20]) await scene.pass(inStep(minutes - day, 7));
  for (const minutes of [0, 5, 10]) await scene.pass(inStep(minutes, 7.5));
}

describe('a clock that was put back by a day', () => {
  test('its files go whole into quarantine; the first values stay, and nothing falls due', async () => {
    await twoDays();
    const [before, due] = [await current(), await deliveries()];
    await scene.pass(dayBack(15, 5.9));
    await scene.pass(dayBack(20, 5.8));
    expect(await current()).toEqual(before);
    expect(await deliveries()).toEqual(due);
    expect(await held()).toEqual([
      { reason: 'clock-reset', resolution: null },
      { reason: 'clock-reset', resolution: null },
    ]);
    expect(scene.recorder.happened.filter(({ name }) => name === 'clock-reset-held')).toHaveLength(
      2,
    );
    expect(await scene.faults()).toEqual([]);
  });

  test('a value that is equal by chance does not hide it', async () => {
    await twoDays();
    await scene.pass(dayBack(15, 5.9, 7));
    expect(await held()).toHaveLength(1);
  });

  test('nor does the outage of the station before it', async () => {
    for (const minutes of [0, 5]) await scene.pass(inStep(minutes - day, 7));
    await scene.pass(fileAt(3 * day, start - day * minute, 5.9));
    expect(await held()).toHaveLength(1);
  });

  test('the same bytes again stay in quarantine, by whatever revision of the registry', async () => {
    await twoDays();
    const file = dayBack(15, 5.9);
    await scene.pass(file);
    const again = { ...file, reception: { ...file.reception, ...ids() } };
    await scene.pass(again);
    await scene.register({ ...scene.view.registry });
    await scene.settle();
    expect(await held()).toEqual([{ reason: 'clock-reset', resolution: null }]);
    await scene.reread({ from: new Date(start - 3 * day * minute) });
    await scene.settle();
    expect(await held()).toEqual([{ reason: 'clock-reset', resolution: null }]);
  });

  test('a person accepts a file by a replay: its values do correct', async () => {
    await twoDays();
    await scene.pass(dayBack(15, 5.9));
    expect(await dueWith('5.9')).toEqual([]);
    await scene.request({ selection: { kind: 'quarantine', reason: 'clock-reset' } });
    await scene.settle();
    expect(await current()).toContainEqual({
      ...{ instant: new Date(start + (15 - day) * minute), parameter: 'pH' },
      ...{ value: 5.9, revision: 2 },
    });
    expect(await dueWith('5.9')).toEqual([{ at: new Date(start + (15 - day) * minute) }]);
    expect(await held()).toEqual([{ reason: 'clock-reset', resolution: 'understood' }]);
  });

  test('or discards it: it stays out, also when it comes again', async () => {
    await twoDays();
    const file = dayBack(15, 5.9);
    await scene.pass(file);
    const [row] = await query<{ id: number }>('SELECT quarantine_id AS id FROM quarantine');
    const decision = { actor: 'nguyenvana', note: 'pin đồng hồ hết' };
    expect(await discardHeld(scene.database, [row!.id], decision)).toEqual([row!.id]);
    expect(await discardHeld(scene.database, [row!.id], decision)).toEqual([]);
    const before = await current();
    await scene.pass({ ...file, reception: { ...file.reception, ...ids() } });
    await scene.reread({ from: new Date(start - 3 * day * minute) });
    await scene.settle();
    expect(await current()).toEqual(before);
    expect(await query('SELECT resolution, discarded_by, discard_note FROM quarantine')).toEqual([
      { resolution: 'discarded', discarded_by: 'nguyenvana', discard_note: 'pin đồng hồ hết' },
    ]);
  });
});

test('in one batch only the files of the reset clock are held', async () => {
  await twoDays();
  const known = dayBack(15, 5.9);
  await scene.pass(known);
  const files = [
    inStep(50, 7.5),
    dayBack(20, 5.8),
    dayBack(37, 7.2),
    { ...known, reception: { ...known.reception, ...ids() } },
    dayBack(30, 7.1),
  ];
  await scene.recorder.record(...files.map((file) => scene.normalise(file)));
  const outcomes = await scene.recorder.outcomes();
  expect(outcomes.slice(-5).map(({ outcome }) => outcome)).toEqual([
    ...['stored', 'quarantined', 'stored', 'quarantined', 'stored'],
  ]);
  expect(await held()).toHaveLength(2);
});

test('a clock at its power-up default is found when the same times come with other values', async () => {
  await twoDays();
  const powerUp = Date.UTC(2016, 0, 1);
  await scene.pass(fileAt(15, powerUp, 6));
  expect(await held()).toEqual([]);
  await scene.pass(fileAt(30, powerUp, 6.1));
  expect(await held()).toHaveLength(1);
});

describe('no clock reset are', () => {
  test('corrections of yesterday that come beside present files', async () => {
    await twoDays();
    await scene.pass(fileAt(12, start + (10 - day) * minute, 7.1));
    await scene.pass(inStep(15, 7.5));
    await scene.pass(fileAt(16, start + (15 - day) * minute, 7.1));
    expect(await held()).toEqual([]);
  });

  test('late files with times that are new, in part or all', async () => {
    await twoDays();
    await scene.pass(dayBack(27, 5.9));
    await scene.pass(dayBack(32, 5.9));
    expect(await held()).toEqual([]);
  });

  test('files sent again, under another name too', async () => {
    await twoDays();
    const file = inStep(15 - day, 7);
    await scene.pass({ ...file, reception: { ...file.reception, ...ids(), receivedAt: at(15) } });
    const content = Buffer.from(file.content);
    await scene.pass({
      ...file,
      reception: { ...reception('S1_other.txt', content), receivedAt: at(20) },
    });
    expect(await held()).toEqual([]);
  });

  test('corrections of a station whose files always come a day late', async () => {
    for (const minutes of [0, 5, 10]) await scene.pass(dayBack(minutes, 7));
    await scene.pass(fileAt(60, start - day * minute, 7.1));
    expect(await held()).toEqual([]);
  });

  test('any, where the rule is switched off', async () => {
    scene.recorder.clockReset = undefined;
    await twoDays();
    await scene.pass(dayBack(15, 5.9));
    expect(await held()).toEqual([]);
  });
});

const at = (minutes: number) => new Date(start + minutes * minute).toISOString();

/** Of another reception of the same file. */
function ids() {
  const { receptionId, spoolSequence } = reception('x', Buffer.from('x'));
  return { receptionId, spoolSequence };
}
