import { expect, test } from '@jest/globals';
import type { Rule, Station, StationFile } from '@envigate/contracts';
import fc from 'fast-check';
import { FollowedScene } from './testing/followed-scene.ts';
import {
  corrected,
  receptionsOf,
  recordSteps,
  rereadAll,
  takeStep,
  type RecordStep,
} from './testing/random-history.ts';
import { lateAt } from './testing/replay-scene.ts';

// What others derive from the record: gaps, and verdicts of rules over time. Its own tables are checked by
// reread.property.int.test.ts.

const runs = Number(process.env['ENVIGATE_TEST_REREAD_RUNS'] ?? 10);
const end = new Date('2026-01-02T08:00:00Z');

const rules: readonly Rule[] = [
  { code: 'flat', version: 1, kind: 'flat-line', minutes: 20, maxGapMinutes: 60 },
  { code: 'step', version: 1, kind: 'rate-of-change', perMinute: 0.1, maxGapMinutes: 60 },
];

const corrections: readonly Partial<Station>[] = [
  {},
  { utcOffsetMinutes: 0 },
  { utcOffsetMinutes: 390 },
  // Its times of the last day lie in the future: nothing of those files is understood.
  { utcOffsetMinutes: -720 },
  { intervalMinutes: 30 },
  { intervalMinutes: 60 },
  { intervalMinutes: 60, utcOffsetMinutes: 0 },
  { parameters: [{ parameter: 'TSS', mapping: 'Xyz' }] },
  { parameters: [{ parameter: 'TSS', factor: 2 }] },
  { profiles: ['COMMA'] },
  { filePrefixes: ['S1', 'S2'] },
];

const withRules = (change: Partial<Station>) => corrected(change, rules);

/**
 * Minutes after 06:00 local time of 1 January, which is an hour before midnight UTC: two days have gaps, and
 * one spans both. Few are of days before, which the others are far from.
 */
const lastDay = [0, 5, 20, 26, 45, 59, 60, 66, 110, 130, 185, 260] as const;
const daysBefore = [-5, -3, -2].map((day) => day * 24 * 60);
const minutes = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...lastDay) },
  { weight: 1, arbitrary: fc.constantFrom(...daysBefore) },
);

const line = fc
  .tuple(
    fc.constantFrom('TSS', 'TSS', 'Xyz'),
    fc.constantFrom('4', '8', '20', '1,234', '-'),
    minutes,
    fc.constantFrom('00', '00', '02'),
  )
  .map(([symbol, value, minute, status]) => {
    const time = new Date(Date.UTC(2026, 0, 1, 6, minute)).toISOString().replace(/\D/g, '');
    return [symbol, value, 'mg/L', time.slice(0, 14), status].join('\t');
  });

/** Gap detector or assessor does its work, and until then lags. */
interface FollowingStep {
  readonly kind: 'hear' | 'judge' | 'look' | 'assess';
}

const step = fc.oneof<fc.WeightedArbitrary<RecordStep | FollowingStep>[]>(
  ...recordSteps({ line, maxLines: 6, corrections, rereads: 2 }),
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom('hear', 'judge', 'look', 'assess') }),
  },
);

const twoReadingsFarApart: RecordStep = {
  kind: 'file',
  name: 'S1_b.txt',
  lines: ['TSS\t4\tmg/L\t20260101081000\t00', 'TSS\t20\tmg/L\t20260101064500\t00'],
};

/** Has gaps of a parameter that the station is not expected to measure at the end. */
const expectedForAWhile: readonly (RecordStep | FollowingStep)[] = [
  { kind: 'register', change: { parameters: [{ parameter: 'TSS' }] } },
  {
    kind: 'file',
    name: 'S1_a.txt',
    lines: ['060000', '062600', '073600', '102000'].map(
      (time) => `TSS\t4\tmg/L\t20260101${time}\t00`,
    ),
  },
  { kind: 'hear' },
];

/** All that is known of a station vanishes, on two days that are judged one after the other. */
const twoDays: readonly (RecordStep | FollowingStep)[] = [
  { kind: 'file', name: 'S1_a.txt', lines: ['TSS\t4\tmg/L\t20260101102000\t00'] },
  {
    kind: 'file',
    name: 'S1_b.txt',
    lines: ['064500', '070600', '075000'].map((time) => `TSS\t4\tmg/L\t20260101${time}\t00`),
  },
  { kind: 'hear' },
];

async function act(
  scene: FollowedScene,
  one: RecordStep | FollowingStep,
  place: number,
  file: StationFile | undefined,
): Promise<void> {
  switch (one.kind) {
    case 'hear':
      return scene.hear();
    case 'judge':
      return scene.judgeAnew();
    case 'look':
      return scene.lookForSilentStations(new Date(lateAt(place)));
    case 'assess':
      return scene.assess();
    default:
      return takeStep(scene.replays, one, file, withRules);
  }
}

/**
 * Everything that is derived from the record. Closed gaps of a parameter that is not expected any more stay as they
 * were judged while it was.
 */
async function derivedOf({ replays: { database } }: FollowedScene, last: Partial<Station>) {
  const expected = (last.parameters ?? []).map(({ parameter }) => parameter);
  return {
    coverage: await database.query(
      `SELECT station, first_instant, last_instant FROM coverage JOIN station_keys USING (station_id)
       ORDER BY station`,
    ),
    gaps: await database.query(
      `SELECT station, kind, parameter, out_ms, from_instant, to_instant, level, closed_at IS NULL AS "isOpen"
       FROM gaps JOIN station_keys USING (station_id) WHERE removed_at IS NULL
         AND (parameter IS NULL OR to_instant IS NULL OR parameter = ANY($1))
       ORDER BY station, kind, parameter, from_instant`,
      [expected],
    ),
    gapsDue: await database.query('SELECT * FROM gaps_due'),
    verdicts: await database.query(
      `SELECT station, parameter, instant, a.flag, a.reasons, a.revision = r.revision AS "isOfPresent"
       FROM reading_assessments a
       JOIN station_keys USING (station_id) JOIN parameter_keys USING (parameter_id)
       LEFT JOIN readings r USING (station_id, parameter_id, instant) ORDER BY 1, 2, 3`,
    ),
    assessmentsDue: await database.query('SELECT * FROM assessment_due'),
  };
}

test('after a reread gaps and verdicts are those of a gateway that had the right registry from the start', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 4, maxLength: 16 }),
      fc.constantFrom(...corrections),
      async (steps, last) => {
        const receptions = receptionsOf(steps);
        const scene = await FollowedScene.create(withRules({}), end);
        const fresh = await FollowedScene.create(withRules(last), end);
        try {
          for (const [place, one] of steps.entries())
            await act(scene, one, place, receptions[place]);
          await scene.replays.register(withRules(last));
          await scene.settle(end);
          await rereadAll(scene.replays);
          await scene.settle(end);
          for (const file of receptions) if (file !== undefined) await fresh.pass(file);
          await fresh.settle(end);
          expect(await derivedOf(scene, last)).toEqual(await derivedOf(fresh, last));
        } finally {
          await scene.close();
          await fresh.close();
        }
      },
    ),
    {
      // Readings that stay, and a step between two that the new interval makes neighbours.
      examples: [
        [[twoReadingsFarApart], { intervalMinutes: 60 }],
        [[...expectedForAWhile], { utcOffsetMinutes: -720 }],
        [[...twoDays], { utcOffsetMinutes: -720 }],
      ],
      ...{ numRuns: runs, interruptAfterTimeLimit: 150_000, endOnFailure: true },
    },
  );
}, 600_000);
