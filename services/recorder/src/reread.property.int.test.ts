import { expect, test } from '@jest/globals';
import type { Station } from '@envigate/contracts';
import fc from 'fast-check';
import {
  corrected,
  receptionsOf,
  recordSteps,
  rereadAll,
  takeStep,
  type RecordStep,
} from './testing/random-history.ts';
import { ReplayScene } from './testing/replay-scene.ts';

const runs = Number(process.env['ENVIGATE_TEST_REREAD_RUNS'] ?? 12);

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

const line = fc
  .tuple(
    fc.constantFrom('pH', 'TSS', 'Xyz'),
    fc.constantFrom('4', '8', '1,234', '-'),
    fc.constantFrom(0, 5, 10),
    fc.constantFrom('00', '02'),
  )
  .map(([symbol, value, minute, status]) => row(`${symbol};${value};mg/L;${minute};${status}`));

const step = fc.oneof(...recordSteps({ line, maxLines: 3, corrections, rereads: 1 }));

function row(text: string): string {
  const [symbol = '', value = '', unit = '', minute = '', status = ''] = text.split(';');
  return [symbol, value, unit, `2026010117${minute.padStart(2, '0')}00`, status].join('\t');
}

/** The last repeats what the first gave; the one between was of another station, and now is of this one. */
const repeatedAfterAnother: readonly RecordStep[] = [
  { kind: 'file', name: 'S1_b.txt', lines: [row('Xyz;4;mg/L;5;02')] },
  { kind: 'file', name: 'S2_a.txt', lines: [row('Xyz;1,234;mg/L;5;02')] },
  { kind: 'file', name: 'S1_a.txt', lines: [row('Xyz;4;mg/L;5;02'), row('pH;4;mg/L;5;02')] },
];

const twoLinesOfOneValue: RecordStep = {
  kind: 'file',
  name: 'S1_b.txt',
  lines: [row('pH;8;mg/L;10;02'), row('pH;8;mg/L;5;02')],
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
          for (const [place, one] of steps.entries())
            await takeStep(scene, one, receptions[place], corrected);
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
      examples: [
        [[twoLinesOfOneValue], { utcOffsetMinutes: 415 }],
        [[...repeatedAfterAnother], { filePrefixes: ['S1', 'S2'] }],
      ],
      ...{ numRuns: runs, interruptAfterTimeLimit: 150_000, endOnFailure: true },
    },
  );
}, 600_000);
