import { expect, test } from '@jest/globals';
import type { Registry, Station, StationFile } from '@envigate/contracts';
import fc from 'fast-check';
import { reception, registry } from '../testing/recorder-scene.ts';
import { lateAt, ReplayScene } from '../testing/replay-scene.ts';

const runs = Number(process.env['ENVIGATE_TEST_REREAD_RUNS'] ?? 12);

/** What officers correct: each is what the registry says of S1, and of everything where it must. */
const corrections: readonly Partial<Station>[] = [
  {},
  { utcOffsetMinutes: 415 },
  { utcOffsetMinutes: 0 },
  // Its times lie in the future: nothing of its files is understood.
  { utcOffsetMinutes: -600 },
  { parameters: [{ parameter: 'TSS', factor: 2 }] },
  { parameters: [{ parameter: 'TSS', unit: 'g/L' }] },
  { parameters: [{ parameter: 'TSS', mapping: 'Xyz' }] },
  { parameters: [{ parameter: 'TSS', min: 0, max: 10 }] },
  { profiles: ['COMMA'] },
  { filePrefixes: ['S1', 'S2'] },
];

function corrected(change: Partial<Station>): Registry {
  return {
    ...registry,
    profiles: [{ code: 'COMMA', name: 'Dấu phẩy', decimalSign: ',' }],
    stations: registry.stations.map((station) => {
      if (station.code === 'S1') return { ...station, ...change };
      // A prefix belongs to one station.
      return change.filePrefixes === undefined ? station : { ...station, filePrefixes: ['S2-moi'] };
    }),
  };
}

const line = fc
  .tuple(
    fc.constantFrom('pH', 'TSS', 'Xyz'),
    fc.constantFrom('4', '8', '1,234', '-'),
    fc.constantFrom(0, 5, 10),
    fc.constantFrom('00', '02'),
  )
  .map(([symbol, value, minute, status]) => `${symbol};${value};mg/L;${minute};${status}`);

type Step =
  | { readonly kind: 'file'; readonly name: string; readonly lines: readonly string[] }
  | { readonly kind: 'resend'; readonly which: number }
  | { readonly kind: 'register'; readonly change: Partial<Station> }
  | { readonly kind: 'reread'; readonly from: number; readonly to: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('file' as const),
      name: fc.constantFrom('S1_a.txt', 'S1_b.txt', 'S2_a.txt'),
      lines: fc.array(line, { minLength: 1, maxLength: 3 }),
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
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('reread' as const),
      from: fc.nat(9),
      to: fc.nat(9),
    }),
  },
);

/** A reception for each file of a history, in order. */
function receptionsOf(steps: readonly Step[]): readonly (StationFile | undefined)[] {
  const files: StationFile[] = [];
  return steps.map((one, place) => {
    const file =
      one.kind === 'file'
        ? stationFile(one.name, Buffer.from(one.lines.map(row).join('\r\n')))
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

function row(text: string): string {
  const [symbol = '', value = '', unit = '', minute = '', status = ''] = text.split(';');
  return [symbol, value, unit, `2026010117${minute.padStart(2, '0')}00`, status].join('\t');
}

function stationFile(name: string, content: Buffer): StationFile {
  return {
    type: 'station-file.v1',
    reception: reception(name, content),
    content: content.toString('base64'),
  };
}

const twoLinesOfOneValue: Step = {
  kind: 'file',
  name: 'S1_b.txt',
  lines: ['pH;8;mg/L;10;02', 'pH;8;mg/L;5;02'],
};

/** What counts of a record: readings, open quarantine, state of the files and what is to be delivered. */
async function recordOf(scene: ReplayScene) {
  const { database } = scene;
  return {
    readings: await database.query(
      `SELECT station, parameter, instant, value, unit, status, flag, reasons, censored, raw_value,
              raw_unit, factor, encode(file_id, 'hex') AS file, line
       FROM readings JOIN station_keys USING (station_id) JOIN parameter_keys USING (parameter_id)
       JOIN files USING (file_no) ORDER BY 1, 2, 3`,
    ),
    quarantine: await database.query(
      `SELECT encode(file_id, 'hex') AS file, scope, line, reason, text
       FROM quarantine JOIN files USING (file_no) WHERE resolved_at IS NULL ORDER BY 1, 2, 3, 4`,
    ),
    files: await database.query(
      `SELECT encode(file_id, 'hex') AS file, state, station, data_from, data_to, reading_mark
       FROM files LEFT JOIN station_keys USING (station_id) ORDER BY 1`,
    ),
    due: await database.query(
      `SELECT target, station, data_instant, file_name, convert_from(payload, 'UTF8') AS payload
       FROM deliveries JOIN station_keys USING (station_id) WHERE state = 'due' ORDER BY 1, 2, 3, 4, 5`,
    ),
  };
}

async function rereadAll(scene: ReplayScene): Promise<void> {
  const everything = { from: new Date('2020-01-01T00:00:00Z') };
  await scene.reread(everything, { station: 'S1', by: 'any' });
  await scene.reread(everything, { station: 'S2', by: 'any' });
  await scene.settle();
}

test('after a reread the record is that of a gateway that had the right registry from the start', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 3, maxLength: 14 }),
      fc.constantFrom(...corrections),
      async (steps, last) => {
        const receptions = receptionsOf(steps);
        const scene = await ReplayScene.create(corrected({}));
        const fresh = await ReplayScene.create(corrected(last));
        try {
          for (const [place, one] of steps.entries()) {
            const file = receptions[place];
            if (file !== undefined) await scene.pass(file);
            else if (one.kind === 'register') {
              await scene.register(corrected(one.change));
              await scene.settle();
            } else if (one.kind === 'reread') {
              const [from, to] = [one.from, one.to].sort((a, b) => a - b).map(lateAt);
              await scene.reread({ from: new Date(from!), to: new Date(to!) }, { by: 'reception' });
              await scene.settle();
            }
          }
          await scene.register(corrected(last));
          await scene.settle();
          await rereadAll(scene);
          for (const file of receptions) if (file !== undefined) await fresh.pass(file);
          await fresh.settle();
          expect(await recordOf(scene)).toEqual(await recordOf(fresh));
        } finally {
          await scene.close();
          await fresh.close();
        }
      },
    ),
    {
      // Equal values at the times of two lines: the one line now has the time that the other had.
      examples: [[[twoLinesOfOneValue], { utcOffsetMinutes: 415 }]],
      ...{ numRuns: runs, interruptAfterTimeLimit: 150_000, endOnFailure: true },
    },
  );
}, 600_000);
