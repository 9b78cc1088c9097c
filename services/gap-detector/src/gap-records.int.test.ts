import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { GapEntry, GapRecordDesk } from '@envigate/domain';
import { gapRecordDesk, gapRecordsOf } from '@envigate/postgres';
import { fileOf, GapScene } from './testing/gap-scene.ts';

// What persons state of a gap stays with it, however the detector judges it anew.

let scene: GapScene;
let desk: GapRecordDesk;
beforeEach(async () => {
  scene = await GapScene.create();
  desk = gapRecordDesk(scene.database, scene.parts.clock, 1_000);
});
afterEach(() => scene.close());

const late = { receivedAt: 1_000 };
const powerCut: GapEntry = {
  ...{ kind: 'cause', cause: 'power-cut', words: '', remedy: '' },
  ...{ expectedRestart: undefined, document: '' },
};

/** `station from–to level: cause, responsible` of each gap that there is. */
async function recorded(): Promise<readonly string[]> {
  const rows = await scene.database.query<{ gapId: number }>(
    `SELECT gap_id AS "gapId" FROM gaps WHERE removed_at IS NULL AND level IS NOT NULL
     ORDER BY station_id, kind, parameter, from_instant`,
  );
  const ids = rows.map(({ gapId }) => gapId);
  const records = await gapRecordsOf(scene.database, ids, scene.parts.clock());
  const gaps = await scene.gaps();
  return gaps.map((gap, i) => {
    const { explanation, responsible } = records.get(ids[i] ?? 0) ?? {};
    return `${gap}: ${explanation?.cause ?? '–'}, ${responsible ?? '–'}`;
  });
}

async function state(place: number, entry: GapEntry): Promise<void> {
  const [row] = await scene.database.query<{ gapId: number }>(
    `SELECT gap_id AS "gapId" FROM gaps WHERE removed_at IS NULL
     ORDER BY from_instant LIMIT 1 OFFSET $1`,
    [place],
  );
  const given = { entry, actor: 'Lê An', note: '', letters: [] };
  expect(await desk.enter(row?.gapId ?? 0, given)).toMatchObject({ kind: 'recorded' });
}

describe('a record', () => {
  test('goes on while its gap is open and after its end; the next gap has none', async () => {
    await scene.hear(fileOf([0]));
    await scene.look(800);
    await state(0, powerCut);
    await state(0, { kind: 'acknowledge', person: 'Lê An' });
    await scene.look(2_000);
    expect(await recorded()).toEqual(['S1 0–open 12h: power-cut, Lê An']);
    await scene.hear(fileOf([1_990]));
    await scene.look(2_100);
    expect(await recorded()).toEqual(['S1 0–1990 12h: power-cut, Lê An', 'S1 1990–open 1h: –, –']);
  });

  test('is in both parts of a gap that late data split, and each part goes on by itself', async () => {
    await scene.hear(fileOf([0]), fileOf([900]));
    scene.now = 950;
    await state(0, powerCut);
    await scene.hear(fileOf([500], late));
    expect(await recorded()).toEqual(['S1 0–500 1h: power-cut, –', 'S1 500–900 1h: power-cut, –']);
    await state(1, { ...powerCut, cause: 'logger' });
    await state(0, { kind: 'hand-over', person: 'Trần Bình' });
    expect(await recorded()).toEqual([
      'S1 0–500 1h: power-cut, Trần Bình',
      'S1 500–900 1h: logger, –',
    ]);
    await scene.hear(fileOf([100, 200], late));
    expect(await recorded()).toEqual([
      'S1 0–100 1h: power-cut, Trần Bình',
      'S1 100–200 1h: power-cut, Trần Bình',
      'S1 200–500 1h: power-cut, Trần Bình',
      'S1 500–900 1h: logger, –',
    ]);
  });

  test('shrinks with its gap, and is kept where late data removed it', async () => {
    await scene.hear(fileOf([0]), fileOf([100]));
    scene.now = 950;
    await state(0, powerCut);
    await scene.hear(fileOf([5, 10, 15], late));
    expect(await recorded()).toEqual(['S1 15–100 1h: power-cut, –']);
    await scene.hear(fileOf([30, 45, 60, 75, 90], late));
    expect(await recorded()).toEqual([]);
    const [kept] = await scene.database.query('SELECT count(*) AS entries FROM gap_entries');
    expect(kept).toEqual({ entries: 1 });
  });

  test('stays with a gap that began earlier than it was thought', async () => {
    await scene.hear(fileOf([500]), fileOf([900]));
    scene.now = 950;
    await state(0, powerCut);
    // As the detector writes it where the reading before is taken out of the record.
    await scene.database.execute('UPDATE gaps SET from_instant = from_instant - $1::interval', [
      '400 minutes',
    ]);
    expect(await recorded()).toEqual(['S1 100–900 1h: power-cut, –']);
  });

  test('is not made where there is no gap', async () => {
    const given = { entry: powerCut, actor: 'Lê An', note: '', letters: [] };
    expect(await desk.enter(17, given)).toEqual({ kind: 'not-found' });
  });
});
