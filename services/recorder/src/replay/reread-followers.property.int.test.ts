import { expect, test } from '@jest/globals';
import type { Registry, Rule, Station, StationFile } from '@envigate/contracts';
import fc from 'fast-check';
import { FollowedScene } from '../testing/followed-scene.ts';
import { reception, registry } from '../testing/recorder-scene.ts';
import { lateAt } from '../testing/replay-scene.ts';

// What others derive from the record: gaps, and verdicts of rules over time. Its own tables are the business of
// reread.property.int.test.ts.

const runs = Number(process.env['ENVIGATE_TEST_REREAD_RUNS'] ?? 10);
const end = new Date('2026-01-02T08:00:00Z');

const rules: readonly Rule[] = [
  { code: 'flat', version: 1, kind: 'flat-line', minutes: 20, maxGapMinutes: 60 },
  { code: 'step', version: 1, kind: 'rate-of-change', perMinute: 0.1, maxGapMinutes: 60 },
];

/** What officers correct: each is what the registry says of S1, and of everything where it must. */
const corrections: readonly Partial<Station>[] = [
  {},
  { utcOffsetMinutes: 0 },
  { utcOffsetMinutes: 390 },
  // Its times lie in the future: nothing of its files is understood.
  { utcOffsetMinutes: -720 },
  { intervalMinutes: 30 },
  { intervalMinutes: 60 },
  { intervalMinutes: 60, utcOffsetMinutes: 0 },
  { parameters: [{ parameter: 'TSS', mapping: 'Xyz' }] },
  { parameters: [{ parameter: 'TSS', factor: 2 }] },
  { profiles: ['COMMA'] },
  { filePrefixes: ['S1', 'S2'] },
];

function corrected(change: Partial<Station>): Registry {
  return {
    ...registry,
    rules: [...rules],
    profiles: [{ code: 'COMMA', name: 'Dấu phẩy', decimalSign: ',' }],
    stations: registry.stations.map((station) => {
      if (station.code === 'S1') return { ...station, ...change };
      // A prefix belongs to one station.
      return change.filePrefixes === undefined ? station : { ...station, filePrefixes: ['S2-moi'] };
    }),
  };
}

/** Minutes after 06:00 local time, which is an hour before midnight UTC: two days have gaps, and one spans both. */
const minutes = [0, 5, 20, 26, 45, 59, 60, 66, 110, 130, 185, 260] as const;

const line = fc
  .tuple(
    fc.constantFrom('TSS', 'TSS', 'Xyz'),
    fc.constantFrom('4', '8', '20', '1,234', '-'),
    fc.constantFrom(...minutes),
    fc.constantFrom('00', '00', '02'),
  )
  .map(([symbol, value, minute, status]) => {
    const time = [6 + Math.floor(minute / 60), minute % 60].map((n) => String(n).padStart(2, '0'));
    return [symbol, value, 'mg/L', `20260101${time.join('')}00`, status].join('\t');
  });

type Step =
  | { readonly kind: 'file'; readonly name: string; readonly lines: readonly string[] }
  | { readonly kind: 'resend'; readonly which: number }
  | { readonly kind: 'register'; readonly change: Partial<Station> }
  | { readonly kind: 'reread'; readonly from: number; readonly to: number }
  /** One that follows does its work; until then it is behind. */
  | { readonly kind: 'hear' | 'judge' | 'look' | 'assess' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('file' as const),
      name: fc.constantFrom('S1_a.txt', 'S1_b.txt', 'S2_a.txt'),
      lines: fc.array(line, { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('resend' as const), which: fc.nat(9) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('register' as const),
      change: fc.constantFrom(...corrections),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('reread' as const), from: fc.nat(9), to: fc.nat(9) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constantFrom('hear', 'judge', 'look', 'assess') }),
  },
);

const twoReadingsFarApart: Step = {
  kind: 'file',
  name: 'S1_b.txt',
  lines: ['TSS\t4\tmg/L\t20260101081000\t00', 'TSS\t20\tmg/L\t20260101064500\t00'],
};

/** A reception for each file of a history, in order. */
function receptionsOf(steps: readonly Step[]): readonly (StationFile | undefined)[] {
  const files: StationFile[] = [];
  return steps.map((one, place) => {
    const file =
      one.kind === 'file'
        ? stationFile(one.name, Buffer.from(one.lines.join('\r\n')))
        : one.kind === 'resend'
          ? files[one.which % Math.max(files.length, 1)]
          : undefined;
    if (file === undefined) return undefined;
    const again = stationFile(file.reception.name, Buffer.from(file.content, 'base64'));
    again.reception.receivedAt = lateAt(place);
    files.push(again);
    return again;
  });
}

function stationFile(name: string, content: Buffer): StationFile {
  return {
    type: 'station-file.v1',
    reception: reception(name, content),
    content: content.toString('base64'),
  };
}

async function act(
  scene: FollowedScene,
  one: Step,
  place: number,
  file: StationFile | undefined,
): Promise<void> {
  const { replays } = scene;
  switch (one.kind) {
    case 'file':
    case 'resend':
      if (file !== undefined) await scene.pass(file);
      return;
    case 'register':
      await replays.register(corrected(one.change));
      await replays.settle();
      return;
    case 'reread': {
      const [from, to] = [one.from, one.to].sort((a, b) => a - b).map(lateAt);
      await replays.reread({ from: new Date(from!), to: new Date(to!) }, { by: 'reception' });
      await replays.settle();
      return;
    }
    case 'hear':
      return scene.hear();
    case 'judge':
      return scene.judgeAnew();
    case 'look':
      return scene.lookForSilence(new Date(lateAt(place)));
    case 'assess':
      return scene.assess();
  }
}

async function rereadAll({ replays }: FollowedScene): Promise<void> {
  const everything = { from: new Date('2020-01-01T00:00:00Z') };
  await replays.reread(everything, { station: 'S1', by: 'any' });
  await replays.reread(everything, { station: 'S2', by: 'any' });
}

/** Everything that is derived from the record. */
async function derivedOf({ replays: { database } }: FollowedScene) {
  return {
    coverage: await database.query(
      `SELECT station, first_instant, last_instant FROM coverage JOIN station_keys USING (station_id)
       ORDER BY station`,
    ),
    gaps: await database.query(
      `SELECT station, kind, from_instant, to_instant, level, closed_at IS NULL AS "isOpen"
       FROM gaps JOIN station_keys USING (station_id) WHERE removed_at IS NULL
       ORDER BY station, kind, from_instant`,
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
        const scene = await FollowedScene.create(corrected({}), end);
        const fresh = await FollowedScene.create(corrected(last), end);
        try {
          for (const [place, one] of steps.entries())
            await act(scene, one, place, receptions[place]);
          await scene.replays.register(corrected(last));
          await scene.settle(end);
          await rereadAll(scene);
          await scene.settle(end);
          for (const file of receptions) if (file !== undefined) await fresh.pass(file);
          await fresh.settle(end);
          expect(await derivedOf(scene)).toEqual(await derivedOf(fresh));
        } finally {
          await scene.close();
          await fresh.close();
        }
      },
    ),
    {
      // Readings that stay, and a step between two that the new interval makes neighbours.
      examples: [[[twoReadingsFarApart], { intervalMinutes: 60 }]],
      ...{ numRuns: runs, interruptAfterTimeLimit: 150_000, endOnFailure: true },
    },
  );
}, 600_000);
