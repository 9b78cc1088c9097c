import { describe, expect, test } from '@jest/globals';
import { streams } from './port.ts';
import { renewedIdentity, takeUpPosition } from './drain.ts';

const place = { stream: streams.files, partition: 2 };

/** A log with the records from `start` up to `end`, and what a sink holds of it under each identity. */
function scene(
  start: number,
  end: number,
  positions: Record<string, number>,
  { first = 'log', reported = new Set<string>() } = {},
) {
  const happened: { name: string; payload: object }[] = [];
  const until = new Date('2026-11-01T00:00:00Z');
  let identity = first;
  const log = {
    identity: () => Promise.resolve(identity),
    renew: (_stream: string, seen: string) => {
      if (seen === identity) identity = renewedIdentity('log', 'r1');
      return Promise.resolve();
    },
  };
  const taken = takeUpPosition(
    {
      position: ({ log: name }) => Promise.resolve(positions[name]),
      earlierLog: ({ log: name }) => {
        const earlier = Object.keys(positions).find((other) => other !== name);
        return Promise.resolve(earlier === undefined ? undefined : { log: earlier, until });
      },
    },
    place,
    log,
    {
      group: 'recorder',
      range: () => Promise.resolve({ start, end }),
      marksPerTransaction: 1,
      reported,
      emit: (name, payload) => void happened.push({ name, payload }),
    },
  );
  return { taken, happened };
}

describe('the position of a sink', () => {
  test('is taken as it is where the log has what comes next, or will have it', async () => {
    for (const end of [40, 41, 90]) {
      const { taken, happened } = scene(0, end, { log: 40 });
      expect(await taken).toEqual({
        ...{ partition: { ...place, log: 'log' }, position: 40, begin: 40 },
      });
      expect(happened).toEqual([]);
    }
  });

  test('does not count in another log, which is read from its first record', async () => {
    const reported = new Set<string>();
    const { taken, happened } = scene(0, 30, { another: 40 }, { reported });
    expect(await taken).toMatchObject({ partition: { log: 'log' }, position: 0, begin: 0 });
    const replaced = {
      ...{ group: 'recorder', stream: streams.files, log: 'log' },
      ...{ earlier: 'another', until: '2026-11-01T00:00:00.000Z' },
    };
    expect(happened).toEqual([{ name: 'log-replaced', payload: replaced }]);
    const again = scene(0, 30, { another: 40 }, { reported });
    await again.taken;
    expect(again.happened).toEqual([]); // said once, not for each partition
  });

  test('beyond the end says that the log was put back: under a new identity it is read anew', async () => {
    const { taken, happened } = scene(7, 39, { log: 40 });
    expect(await taken).toEqual({
      ...{ partition: { ...place, log: 'log+r1' }, position: 0, begin: 7 },
    });
    expect(happened).toEqual([
      {
        name: 'position-beyond-end',
        payload: { group: 'recorder', ...place, log: 'log', position: 40, end: 39 },
      },
      { name: 'log-replaced', payload: expect.objectContaining({ log: 'log+r1', earlier: 'log' }) },
    ]);
  });

  test('before the first record that is left: what is gone unread is reported', async () => {
    const { taken, happened } = scene(60, 90, { log: 40 });
    expect(await taken).toMatchObject({ position: 40, begin: 60 });
    expect(happened).toEqual([
      {
        name: 'records-removed-unread',
        payload: { group: 'recorder', ...place, from: 40, to: 60 },
      },
    ]);
  });

  test("a transaction's mark that is gone is no record", async () => {
    expect((await scene(41, 41, { log: 40 }).taken).begin).toBe(41);
    expect(scene(41, 41, { log: 40 }).happened).toEqual([]);
  });

  test('a group that never read the log misses what is gone; one that reads it again does not', async () => {
    const fresh = scene(60, 90, {});
    expect(await fresh.taken).toMatchObject({ position: 0, begin: 60 });
    expect(fresh.happened).toMatchObject([{ payload: { from: 0, to: 60 } }]);
    const again = scene(60, 90, { log: 40 }, { first: 'log+r0', reported: new Set(['log+r0']) });
    expect(await again.taken).toMatchObject({ position: 0, begin: 60 });
    expect(again.happened).toEqual([]);
  });
});
