import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { Rule } from '@envigate/contracts';
import { assessmentStore, type AssessmentStore } from '@envigate/postgres';
import { eventually } from '@envigate/test-support';
import { assessDay } from './assessor.ts';
import { AssessorScene } from './testing/assessor-scene.ts';

jest.setTimeout(120_000);

const flat: Rule = { code: 'flat', version: 1, kind: 'flat-line', minutes: 15 };
const spike: Rule = { code: 'spike', version: 1, kind: 'spike', suspectAbove: 50 };

let scene: AssessorScene;
beforeEach(async () => {
  scene = await AssessorScene.create([flat, spike]);
});
afterEach(() => scene.close());

const every5 = (from: number, to: number, value: string | number): string[] =>
  Array.from({ length: (to - from) / 5 + 1 }, (_, i) => `${from + 5 * i} ${value}`);

describe('what the recorder brought', () => {
  test('is judged, with rule, version and threshold, and then no longer due', async () => {
    await scene.record({ lines: [...every5(0, 15, 7), '20 8'] });
    expect(await scene.isDue()).toBe(true);
    expect(await scene.assess()).toBe(1);
    expect(await scene.marks()).toEqual(['0 3', '5 3', '10 3', '15 3']);
    const [row] = await scene.database.query('SELECT reasons FROM reading_assessments LIMIT 1');
    expect(row).toEqual({ reasons: ['flat-line@1[flat: 15 min]'] });
    expect(await scene.isDue()).toBe(false);
    expect(scene.happened).toContainEqual({
      name: 'readings-marked',
      payload: { station: 'S1', rule: 'flat@1', readings: 4 },
    });
  });

  test('is judged again where late data fall into it, and the old verdict is kept', async () => {
    await scene.record({ lines: every5(0, 10, 7).concat(every5(20, 30, 7)) });
    await scene.assess();
    expect(await scene.marks()).toEqual(['0 3', '5 3', '10 3', '20 3', '25 3', '30 3']);
    await scene.record({ lines: ['15 9'] });
    await scene.assess();
    expect(await scene.marks()).toEqual([]);
    expect(await scene.marks('reading_assessment_history')).toHaveLength(6);
  });

  test('late is judged with what lies in reach on the days around', async () => {
    const midnight = 24 * 60;
    await scene.record({ lines: every5(midnight - 10, midnight - 5, 7) });
    await scene.record({ lines: every5(midnight + 5, midnight + 10, 7) });
    await scene.assess();
    const run = [-10, -5, 5, 10].map((minute) => `${midnight + minute} 3`);
    expect(await scene.marks()).toEqual(run);
    await scene.record({ lines: [`${midnight} 8`] });
    await scene.assess();
    expect(await scene.marks()).toEqual([]);
  });

  test('as a correction gets a verdict of its own revision', async () => {
    await scene.record({ lines: ['0 1', '5 99', '10 1'] });
    await scene.assess();
    expect(await scene.marks()).toEqual(['5 3']);
    await scene.record({ lines: ['5 98'] });
    const shown = `SELECT revision, flag FROM assessed_readings WHERE value > 50`;
    expect(await scene.database.query(shown)).toEqual([{ revision: 2, flag: 1 }]);
    await scene.assess();
    expect(await scene.database.query(shown)).toEqual([{ revision: 2, flag: 3 }]);
    await scene.record({ lines: ['5 1'] });
    await scene.assess();
    expect(await scene.marks()).toEqual([]);
    expect(await scene.marks('reading_assessment_history')).toEqual(['5 3', '5 3']);
  });

  test('a second time is not due', async () => {
    await scene.record({ lines: ['0 1'] });
    await scene.assess();
    await scene.record({ lines: ['0 1'] });
    expect(await scene.isDue()).toBe(false);
  });

  test('stays due where more came while it was judged; the recorder does not wait', async () => {
    await scene.record({ lines: every5(0, 10, 7) });
    const assessing = await scene.database.transaction(async (tx) => {
      await tx.execute('LOCK TABLE reading_assessments IN ACCESS EXCLUSIVE MODE');
      const [due] = await scene.parts().store.due(1, 0, 0);
      const running = assessDay(due!, scene.parts());
      await eventually(async () => expect(await someoneWaits()).toBe(true), { everyMs: 10 });
      await scene.record({ lines: ['15 7'] });
      return { running };
    });
    expect(await assessing.running).toBe('assessed');
    expect(await scene.isDue()).toBe(true);
    await scene.assess();
    expect(await scene.marks()).toHaveLength(4);
  });

  async function someoneWaits(): Promise<boolean> {
    const waiting = await scene.database.query(
      `SELECT FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return waiting.length > 0;
  }
});

describe('a changed rule', () => {
  test('judges new data and what lies in their reach, and the rest stays', async () => {
    await scene.record({ lines: every5(0, 15, 7) });
    await scene.record({ lines: every5(10_000, 10_015, 7) });
    await scene.assess();
    scene.rules = [{ ...flat, version: 2, minutes: 30 }, spike];
    await scene.record({ lines: ['10020 7'] });
    await scene.assess();
    expect(await scene.marks()).toEqual(['0 3', '5 3', '10 3', '15 3']);
  });
});

describe('several assessors', () => {
  test('and a recorder at work at once end in the verdicts of the whole record', async () => {
    const assessors = await Promise.all([1, 2, 3].map(() => scene.startAssessor()));
    for (let i = 0; i < 60; i++) {
      const station = `S${(i % 3) + 1}`;
      // Six pieces per station, in an order that leaves holes for later ones.
      const from = ((i * 7) % 20) * 60;
      await scene.record({ station, lines: every5(from, from + 55, i % 4 === 0 ? i : 7) });
    }
    await scene.settled();
    await Promise.all(assessors.map((assessor) => assessor.stop()));
    const { stored, truth } = await scene.verdictsAndTruth();
    expect(stored).toEqual(truth);
    expect(await scene.marks()).not.toEqual([]);
    expect(scene.happened.filter(({ name }) => name === 'assessment-failed')).toEqual([]);
  });

  test('that lose their connections again and again end there too', async () => {
    const assessor = await scene.startAssessor();
    for (let i = 0; i < 20; i++) {
      await scene.record({ lines: every5(i * 30, i * 30 + 25, i % 3 === 0 ? i : 7) });
      await scene.killBackends();
    }
    await scene.settled();
    await assessor.stop();
    const { stored, truth } = await scene.verdictsAndTruth();
    expect(stored).toEqual(truth);
  });

  test('leave a station to the one that is at work on it', async () => {
    await scene.record({ lines: every5(0, 15, 7) });
    await scene.database.transaction(async (tx) => {
      const [due] = await scene.parts().store.due(1, 0, 0);
      await tx.execute('SELECT pg_advisory_xact_lock($1, $2)', [0x6173_7365, due!.stationId]);
      expect(await assessDay(due!, scene.parts())).toBe('busy');
    });
    expect(await scene.assess()).toBe(1);
  });
});

describe('an assessment that fails', () => {
  test('in the middle changes nothing and is done again', async () => {
    await scene.record({ lines: every5(0, 15, 7) });
    const [due] = await scene.parts().store.due(1, 0, 0);
    const broken = brokenAfter(assessmentStore(scene.database));
    await expect(assessDay(due!, scene.parts(broken))).rejects.toThrow('killed');
    expect(await scene.marks()).toEqual([]);
    expect(await scene.isDue()).toBe(true);
    await scene.assess();
    expect(await scene.marks()).toHaveLength(4);
  });

  test('for one station does not stop the others', async () => {
    await scene.record({ lines: every5(0, 15, 7) });
    await scene.record({ station: 'S2', lines: every5(0, 15, 7) });
    await scene.database.execute(
      `ALTER TABLE reading_assessments ADD CHECK (station_id <> ${await stationId('S1')})`,
    );
    const assessor = await scene.startAssessor();
    await eventually(async () =>
      expect(await scene.marks('reading_assessments', 'S2')).toHaveLength(4),
    );
    await assessor.stop();
    expect(scene.happened).toContainEqual({
      name: 'assessment-failed',
      payload: { station: 'S1', day: '2026-01-01', error: expect.any(String) },
    });
    expect(await scene.isDue()).toBe(true);
  });

  async function stationId(station: string): Promise<number> {
    const [row] = await scene.database.query<{ id: number }>(
      'SELECT station_id AS id FROM station_keys WHERE station = $1',
      [station],
    );
    return row!.id;
  }

  /** Its judge gives up after half of the work is written. */
  function brokenAfter(store: AssessmentStore): AssessmentStore {
    return {
      ...store,
      assess: (due, plan, judge) =>
        store.assess(due, plan, (readings) => {
          const [first, ...rest] = judge(readings);
          return [
            first!,
            ...rest,
            {
              ...first!,
              get reasons(): readonly string[] {
                throw new Error('killed');
              },
            },
          ];
        }),
    };
  }
});

test('in whatever order and batches data come, the verdicts are those of the whole record', async () => {
  const line = fc
    .tuple(fc.integer({ min: 0, max: 400 }), fc.constantFrom('7', '7', '7', '8', '90', 'cal'))
    .map(([step, value]) => `${step * 5} ${value}`);
  const files = fc.array(fc.array(line, { minLength: 1, maxLength: 40 }), {
    minLength: 1,
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(
      files,
      fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
      async (all, looks) => {
        for (const [i, lines] of all.entries()) {
          await scene.record({ lines });
          if (looks[i] === true) await scene.assess();
        }
        await scene.assess();
        const { stored, truth } = await scene.verdictsAndTruth();
        expect(stored).toEqual(truth);
      },
    ),
    { numRuns: 15 },
  );
});
