import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { judgingAnew } from './judge-anew.ts';
import { at, fileOf, GapScene, registry } from './testing/gap-scene.ts';

let scene: GapScene;
beforeEach(async () => {
  scene = await GapScene.create();
});
afterEach(() => scene.close());

const every = (step: number, from: number, to: number): number[] =>
  Array.from({ length: (to - from) / step + 1 }, (_, i) => from + step * i);

/** What the recorder would have kept of these minutes of S1, and until where in the stream it has come. */
async function recordOnly(minutes: readonly number[], position = 1_000): Promise<void> {
  await scene.database.execute(
    `INSERT INTO parameter_keys (parameter) VALUES ('pH') ON CONFLICT DO NOTHING`,
  );
  await scene.database.execute('DELETE FROM readings');
  const [file] = await scene.database.query<{ no: number }>(
    `INSERT INTO files (file_id, content_hash, account, name, content, state)
     VALUES (gen_random_uuid()::text::bytea, '', 'A1', 'x', '', 'stored') RETURNING file_no AS no`,
  );
  await scene.database.execute(
    `INSERT INTO readings (station_id, parameter_id, instant, unit, raw_value, raw_unit, status, flag, reasons,
                           file_no, line, revision)
     SELECT station_id, parameter_id, unnest($1::timestamptz[]), '', '', '', '00', 1, '{}', $2, 1, 1
     FROM station_keys, parameter_keys WHERE station = 'S1' AND parameter = 'pH'`,
    [minutes.map(at), file?.no],
  );
  await recordedUntil(position);
}

async function recordedUntil(position: number): Promise<void> {
  await scene.database.execute(
    `INSERT INTO sink_positions (consumer, log, stream, partition, position)
     VALUES ('recorder', $2, 'station.readings', 0, $1)
     ON CONFLICT (consumer, log, stream, partition) DO UPDATE SET position = $1`,
    [position, await scene.log.identity()],
  );
}

async function due(from: number, to: number): Promise<void> {
  await scene.database.execute(
    `INSERT INTO gaps_due (station_id, day, from_instant, to_instant)
     SELECT station_id, $1::timestamptz::date, $1, $2 FROM station_keys WHERE station = 'S1'`,
    [at(from), at(to)],
  );
}

const dueRows = () => scene.database.query('SELECT station_id FROM gaps_due');

describe('gaps that are judged anew', () => {
  test('open again where times were withdrawn, and events say so', async () => {
    await scene.hear(fileOf(every(5, 0, 120)));
    await recordOnly([...every(5, 0, 30), ...every(5, 90, 120)], 1);
    await due(35, 85);
    await judgingAnew(scene.parts)();
    expect(await scene.gaps()).toEqual(['S1 30–90 1h']);
    expect(await scene.reported()).toEqual(['closed S1 30–90 1h']);
    expect(await dueRows()).toEqual([]);
  });

  test('grow, shrink and vanish as the record says', async () => {
    await scene.hear(fileOf([0, 60, 70, 130, 200]));
    expect(await scene.gaps()).toEqual(['S1 0–60 1h', 'S1 70–130 1h', 'S1 130–200 1h']);
    // 60 and 70 were withdrawn; the file of 150 is recorded and not heard yet.
    await recordOnly([0, 130, 150, 200], 1);
    await due(60, 140);
    await judgingAnew(scene.parts)();
    expect(await scene.gaps()).toEqual(['S1 0–130 1h', 'S1 130–200 1h']);
    await scene.hear(fileOf([150]));
    expect(await scene.gaps()).toEqual(['S1 0–130 1h', 'S1 150–200 15min']);
  });

  test('go where the interval was too short', async () => {
    const hourly = every(60, 0, 26 * 60);
    await scene.hear(fileOf(hourly));
    expect(await scene.gaps()).toHaveLength(26);
    scene.registry = {
      ...registry,
      stations: registry.stations.map((station) =>
        station.code === 'S1' ? { ...station, intervalMinutes: 60 } : station,
      ),
    };
    await recordOnly(hourly, 1);
    // Nobody asks for it: the detector sees that the registry says otherwise.
    await judgingAnew(scene.parts)();
    expect(await scene.gaps()).toEqual([]);
    const rows = await scene.database.query(
      'SELECT changed_by, count(removed_at) AS removed FROM gaps GROUP BY changed_by',
    );
    expect(rows).toEqual([{ changed_by: 'interval-corrected', removed: 26 }]);
    const removals = (await scene.events()).filter(({ change }) => change === 'removed');
    expect(removals).toHaveLength(26);
    expect(new Set(removals.map(({ reason }) => reason))).toEqual(new Set(['interval-corrected']));
  });

  test('stay where the interval changes from a time on, and follow it from there', async () => {
    const minutes = [...every(5, 0, 120), ...every(60, 180, 600)];
    await scene.hear(fileOf([...minutes.slice(0, 10), ...minutes.slice(20)]));
    const early = 'S1 45–100 15min';
    expect(await scene.gaps()).toHaveLength(1 + 9 - 1);
    scene.registry = {
      ...registry,
      stations: registry.stations.map((station) =>
        station.code === 'S1'
          ? { ...station, intervalChanges: [{ from: at(125), minutes: 60 }] }
          : station,
      ),
    };
    await recordOnly([...minutes.slice(0, 10), ...minutes.slice(20)], 1);
    await judgingAnew(scene.parts)();
    expect(await scene.gaps()).toEqual([early]);
  });

  test('end before the first and after the last instant that is left', async () => {
    await scene.hear(fileOf([0, 60, 120, 180]));
    await scene.look(400);
    expect((await scene.gaps()).at(-1)).toBe('S1 180–open 1h');
    await recordOnly([60, 120], 1);
    await due(0, 180);
    await judgingAnew(scene.parts)();
    expect(await scene.gaps()).toEqual(['S1 60–120 1h', 'S1 120–open 1h']);
    // Silence goes on from what is left.
    await scene.look(120 + 13 * 60);
    expect((await scene.gaps()).at(-1)).toBe('S1 120–open 12h');
  });

  test('vanish where no data are left, and begin with the next data', async () => {
    await scene.hear(fileOf([0, 60]));
    await scene.look(200);
    await recordOnly([], 1);
    await due(0, 60);
    await judgingAnew(scene.parts)();
    expect(await scene.gaps()).toEqual([]);
    await scene.hear(fileOf([300]));
    expect(await scene.gaps()).toEqual([]);
  });

  test('wait while the record is behind what was heard, and while what was recorded is not heard', async () => {
    await scene.hear(fileOf([0, 60]));
    await recordOnly([0], 0);
    await due(0, 60);
    const look = judgingAnew(scene.parts);
    await look();
    expect(await scene.gaps()).toEqual(['S1 0–60 1h']);
    expect(await dueRows()).toHaveLength(1);
    await recordOnly([0, 60], 3);
    await look();
    await look();
    expect(await dueRows()).toHaveLength(1);
    await scene.hear(fileOf([65]));
    await scene.hear(fileOf([70]));
    await recordOnly([0, 60, 65, 70], 3);
    await look();
    expect(await dueRows()).toEqual([]);
    expect(await scene.gaps()).toEqual(['S1 0–60 1h']);
  });

  test('are noted again while they are judged: the row stays', async () => {
    await scene.hear(fileOf([0, 60]));
    await recordOnly([0, 60], 1);
    await due(0, 60);
    const [stretch] = await scene.parts.store.gapsDue(1);
    await scene.database.execute('UPDATE gaps_due SET changes = changes + 1');
    const log = await scene.log.identity();
    const heard = { log, stream: 'station.readings', partitions: 1 } as const;
    const names = { detector: 'gap-detector', recorder: 'recorder' };
    await scene.parts.store.rejudge(
      stretch!,
      { ...heard, ...names },
      {
        widerReach: () => undefined,
        decide: () => {
          throw new Error('judged what was noted again');
        },
      },
    );
    expect(await dueRows()).toHaveLength(1);
  });
});
