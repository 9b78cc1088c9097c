import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type OracleFacts, gapsOf } from '../../../packages/domain/src/gaps/testing/gap-oracle.ts';
import { hearArrivals } from './hear-arrivals.ts';
import { lookForSilentStations } from './look-for-silence.ts';
import { at, fileOf, GapScene, registry } from './testing/gap-scene.ts';

let scene: GapScene;
beforeEach(async () => {
  scene = await GapScene.create();
});
afterEach(() => scene.close());

const station = 'P1';
const every5 = (from: number, to: number): number[] =>
  Array.from({ length: (to - from) / 5 + 1 }, (_, i) => from + 5 * i);
const file = (minutes: readonly number[], values: Record<string, boolean>, receivedAt?: number) =>
  fileOf(minutes, { station, values, ...(receivedAt !== undefined && { receivedAt }) });

describe('a parameter', () => {
  test('that is missing in the files, or comes without a valid value, has gaps of its own', async () => {
    await scene.hear(file([0], { pH: true, TSS: true }));
    for (const minute of every5(5, 70)) await scene.hear(file([minute], { pH: true }));
    await scene.hear(file(every5(75, 95), { pH: false, TSS: true }));
    expect(await scene.gaps()).toEqual(['P1 TSS 0–75 1h', 'P1 pH no-valid-data 70–open 15min']);
    expect(await scene.reported()).toEqual([
      'opened P1 TSS 0–open 15min',
      'level P1 TSS 0–open 1h',
      'opened P1 pH no-valid-data 70–open 15min',
      'closed P1 TSS 0–75 1h',
    ]);
  });

  test('with a cycle of its own is expected as often', async () => {
    for (const minute of every5(0, 240))
      await scene.hear(
        file([minute], { pH: true, TSS: true, ...(minute % 60 === 0 && { TN: true }) }),
      );
    expect(await scene.gaps()).toEqual([]);
    for (const minute of every5(245, 320))
      await scene.hear(file([minute], { pH: true, TSS: true }));
    expect(await scene.gaps()).toEqual(['P1 TN 240–open 1h']);
  });

  test('is silent with its station: that is one gap, and what the station fills shows the parameter', async () => {
    await scene.hear(file([0], { pH: true, TSS: true }), file([120], { pH: true, TSS: true }));
    expect(await scene.gaps()).toEqual(['P1 0–120 1h']);
    const [rows] = await scene.database.query('SELECT count(*) AS count FROM gaps');
    expect(rows).toEqual({ count: 1 });
    await scene.hear(file(every5(5, 115), { pH: true }, 121));
    expect(await scene.gaps()).toEqual(['P1 TSS 0–120 1h']);
    await scene.hear(file(every5(5, 115), { TSS: false }, 122));
    expect(await scene.gaps()).toEqual(['P1 TSS no-valid-data 0–120 1h']);
    await scene.hear(file(every5(5, 115), { TSS: true }, 123));
    expect(await scene.gaps()).toEqual([]);
  });

  test('of a station in fault is not reported one by one', async () => {
    await scene.hear(file([0], { pH: true, TSS: true }));
    await scene.hear(file(every5(5, 100), { pH: false, TSS: false }));
    expect(await scene.gaps()).toEqual(['P1 no-valid-data 0–open 1h']);
    const [event] = await scene.events();
    expect(event).toMatchObject({
      gap: { kind: 'no-valid-data', from: at(0), grossSeconds: 6000, netSeconds: 6000 },
      reason: 'data',
    });
  });

  test('that is taken out of the registry has no open gap any more', async () => {
    await scene.hear(file([0], { pH: true, TSS: true }));
    await scene.hear(file(every5(5, 100), { pH: true }));
    expect(await scene.gaps()).toEqual(['P1 TSS 0–open 1h']);
    scene.registry = withStation({ parameters: [{ parameter: 'pH' }] });
    await scene.hear(file(every5(105, 135), { pH: true }), file([160], { pH: true }));
    expect(await scene.gaps()).toEqual(['P1 135–160 15min']);
  });
});

test('a station that never sent since it was expected has an open gap from then on', async () => {
  scene.registry = withStation({ startsAt: at(10) });
  await scene.look(29);
  expect(await scene.gaps()).toEqual([]);
  await scene.look(80);
  expect(await scene.gaps()).toEqual(['P1 10–open 1h']);
  await scene.hear(file([5, 85], { pH: true, TSS: true, TN: true }));
  expect(await scene.gaps()).toEqual(['P1 10–85 1h']);
});

function withStation(more: object) {
  return {
    ...registry,
    stations: registry.stations.map((one) => (one.code === station ? { ...one, ...more } : one)),
  };
}

test('two detectors that hear and look at once end in the gaps of the definition, also after a restart', async () => {
  const value = fc.constantFrom('valid', 'valid', 'valid', 'invalid', 'absent');
  const row = fc.record({
    minute: fc.nat(60).map((at_) => at_ * 5),
    pH: value,
    TSS: value,
    TN: value,
  });
  const histories = fc.uniqueArray(row, {
    selector: ({ minute }) => minute,
    minLength: 1,
    maxLength: 25,
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(histories, async (rows) => {
      const code = `R${(run += 1)}`;
      const [template] = withStation({}).stations.filter((one) => one.code === station);
      scene.registry = {
        ...scene.registry,
        stations: [...scene.registry.stations, { ...template!, code }],
      };
      const record = new Map<number, Map<string, boolean>>();
      for (const { minute, ...values } of rows) {
        const came = Object.entries(values).filter(([, of]) => of !== 'absent');
        if (came.length === 0) continue;
        record.set(minute, new Map(came.map(([name, of]) => [name, of === 'valid'])));
        const batch = await scene.batch(
          fileOf([minute], { station: code, values: Object.fromEntries(record.get(minute)!) }),
        );
        // Both are given the batch: one of them is fenced. Both look meanwhile.
        const outcomes = await Promise.allSettled([
          hearArrivals(scene.parts).commit(batch),
          hearArrivals(scene.parts).commit(batch),
          lookForSilentStations(scene.parts),
        ]);
        expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1);
        scene.heard(batch);
        const facts: OracleFacts = {
          ...{ record, expected: ['pH', 'TSS', 'TN'], startsAt: undefined, grace: 15 },
          ...{ intervals: [{ from: -Infinity, minutes: 5 }], cycles: new Map([['TN', 60]]) },
          ...{ stops: [], outages: [], doubts: [] },
        };
        const right = gapsOf(facts, undefined).map(({ parameter, kind, from, to }) =>
          [code, parameter, kind === 'transmission' ? undefined : kind, `${from}–${to ?? 'open'}`]
            .filter((part) => part !== undefined)
            .join(' '),
        );
        const stored = (await scene.gaps())
          .filter((gap) => gap.startsWith(`${code} `))
          .map((gap) => gap.replace(/ \w+$/, ''));
        expect(stored.sort()).toEqual(right.sort());
      }
    }),
    { numRuns: 8 },
  );
}, 120_000);
