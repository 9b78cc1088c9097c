import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Account, DropFolder, Registry, RemoteSite } from '@envigate/contracts';
import { RegistryView } from '../registry/registry-view.ts';
import type { Door, DoorUse } from './doors.ts';
import { unheard, UnheardTimes, type DoorRecord, type DoorOutage } from './unheard-times.ts';

const day = 86_400_000;

function viewOf(more: Partial<Registry>): RegistryView {
  return new RegistryView({ ...RegistryView.empty.registry, ...more });
}

const account = (code: string, ...stations: string[]): Account => ({ code, stations });
const use = (account: string, protocol: DoorUse['protocol'], lastUsedAt = 0): DoorUse => ({
  ...{ account, protocol, lastUsedAt },
});

function times(more: Partial<Registry>, uses: readonly DoorUse[], deaf: readonly Door[]) {
  const doors: Door[] = ['ftp', 'ftps', 'sftp', 'drop:d1', 'drop:d2', 'pull:p1', 'pull:p2'];
  return new UnheardTimes(
    viewOf(more),
    {
      doors: doors.map((door) => ({
        ...{ receiver: 'r1', door, since: 0, heardUntil: 1000, closedAt: undefined },
      })),
      outages: deaf.map((door) => ({ receiver: 'r1', door, from: 100, to: 200 })),
      uses,
    },
    { from: 0, to: 1000 },
  );
}

const outage = [{ from: 100, to: 200 }];

describe('a station', () => {
  test('that uses one protocol is unheard while that one is closed', () => {
    const accounts = [account('A1', 'S1')];
    const uses = [use('A1', 'ftp')];
    expect(times({ accounts }, uses, ['ftp']).ofStation('S1')).toEqual(outage);
    expect(times({ accounts }, uses, ['sftp', 'ftps']).ofStation('S1')).toEqual([]);
  });

  test('that uses two protocols is unheard only while both are closed', () => {
    const accounts = [account('A1', 'S1')];
    const uses = [use('A1', 'ftp'), use('A1', 'sftp')];
    expect(times({ accounts }, uses, ['ftp']).ofStation('S1')).toEqual([]);
    expect(times({ accounts }, uses, ['ftp', 'sftp']).ofAccount('A1')).toEqual(outage);
  });

  test('that left a protocol is not heard by it any more', () => {
    const accounts = [account('A1', 'S1')];
    const uses = [use('A1', 'ftp', 0), use('A1', 'sftp', 4 * day)];
    expect(times({ accounts }, uses, ['sftp']).ofStation('S1')).toEqual(outage);
  });

  test('that never sent may come by every protocol', () => {
    const accounts = [account('A1', 'S1')];
    expect(times({ accounts }, [], ['ftp', 'ftps']).ofStation('S1')).toEqual([]);
    expect(times({ accounts }, [], ['ftp', 'ftps', 'sftp']).ofStation('S1')).toEqual(outage);
  });

  test('of several accounts is heard by those that ever sent', () => {
    const accounts = [account('A1', 'S1'), account('A2', 'S1')];
    expect(times({ accounts }, [use('A2', 'ftp')], ['ftp']).ofStation('S1')).toEqual(outage);
  });

  test('that is fetched is unheard while its site is not looked at', () => {
    const accounts = [account('A1', 'S1')];
    const site = (code: string, account: string): RemoteSite =>
      ({ code, account, host: 'h', protocol: 'ftp', folders: ['/'] }) as unknown as RemoteSite;
    const remoteSites = [site('p1', 'A1'), site('p2', 'A2')];
    expect(times({ accounts, remoteSites }, [], ['pull:p1']).ofStation('S1')).toEqual(outage);
    expect(times({ accounts, remoteSites }, [], ['pull:p2']).ofStation('S1')).toEqual([]);
    const both = [use('A1', 'pull'), use('A1', 'ftp')];
    expect(times({ accounts, remoteSites }, both, ['pull:p1']).ofStation('S1')).toEqual([]);
  });

  test('whose files are put into a drop folder is unheard while that cannot be looked at', () => {
    const accounts = [account('A1', 'S1')];
    const dropFolders: DropFolder[] = [
      { code: 'd1', path: '/a', account: 'A1' },
      { code: 'd2', path: '/b' },
    ];
    expect(times({ accounts, dropFolders }, [], ['drop:d1']).ofStation('S1')).toEqual(outage);
    const uses = [use('A1', 'drop')];
    expect(times({ accounts, dropFolders }, uses, ['drop:d1']).ofStation('S1')).toEqual([]);
    expect(times({ accounts, dropFolders }, uses, ['drop:d1', 'drop:d2']).ofStation('S1')).toEqual(
      outage,
    );
  });

  test('that no account sends for has no outage', () => {
    expect(times({}, [], ['ftp', 'ftps', 'sftp']).ofStation('S1')).toEqual([]);
  });
});

describe('of receivers', () => {
  const door = (receiver: string, more: Partial<DoorRecord> = {}): DoorRecord => ({
    ...{ receiver, door: 'ftp', since: 0, heardUntil: 1000, closedAt: undefined, ...more },
  });
  const down = (receiver: string, from: number, to?: number): DoorOutage => ({
    ...{ receiver, door: 'ftp', from, to },
  });
  const of = (doors: readonly DoorRecord[], outages: readonly DoorOutage[], to = 1000) =>
    unheard(new Set<Door>(['ftp']), { doors, outages }, { from: 0, to });

  test('one that listens is enough', () => {
    const doors = [door('r1'), door('r2')];
    expect(of(doors, [down('r1', 100, 200)])).toEqual([]);
    expect(of(doors, [down('r1', 100, 200), down('r2', 150, 250)])).toEqual([
      { from: 150, to: 200 },
    ]);
  });

  test('what was not reported yet was not heard', () => {
    expect(of([door('r1', { heardUntil: 700 })], [])).toEqual([{ from: 700, to: 1000 }]);
  });

  test('before the first one nothing is known, and nothing is our outage', () => {
    expect(of([door('r1', { since: 400 })], [])).toEqual([]);
    expect(of([], [])).toEqual([]);
  });

  test('a door that was closed is no outage', () => {
    expect(of([door('r1', { heardUntil: 500, closedAt: 500 })], [])).toEqual([]);
    expect(
      of([door('r1', { heardUntil: 500, closedAt: 500 }), door('r2', { since: 600 })], []),
    ).toEqual([]);
  });

  test('one that is gone for a month is no outage any more', () => {
    const stretches = of([door('r1')], [], 1000 + 40 * day);
    expect(stretches).toEqual([{ from: 1000, to: 1000 + 30 * day }]);
  });

  test('one that was begun anew after the other died: the time between is our outage', () => {
    const doors = [door('old', { heardUntil: 300 }), door('new', { since: 400 })];
    expect(of(doors, [])).toEqual([{ from: 300, to: 400 }]);
  });
});

const records = fc.array(
  fc.record({
    receiver: fc.constantFrom('r1', 'r2'),
    door: fc.constantFrom<Door>('ftp', 'sftp', 'drop:a'),
    since: fc.integer({ min: 0, max: 50 }),
    length: fc.integer({ min: 0, max: 60 }),
    isClosed: fc.boolean(),
  }),
  { maxLength: 5 },
);
const outagesOf = fc.array(
  fc.record({
    receiver: fc.constantFrom('r1', 'r2'),
    door: fc.constantFrom<Door>('ftp', 'sftp', 'drop:a'),
    from: fc.integer({ min: 0, max: 90 }),
    length: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined }),
  }),
  { maxLength: 8 },
);

test('at each moment: a door was there, and none of them could take files', () => {
  fc.assert(
    fc.property(
      records,
      outagesOf,
      fc.subarray<Door>(['ftp', 'sftp', 'drop:a']),
      (r, o, chosen) => {
        const doors = r.map(({ receiver, door, since, length, isClosed }) => ({
          ...{ receiver, door, since, heardUntil: since + length },
          closedAt: isClosed ? since + length : undefined,
        }));
        const outages = o.map(({ length, from, ...rest }) => ({
          ...{ ...rest, from, to: length === undefined ? undefined : from + length },
        }));
        const stretches = unheard(new Set(chosen), { doors, outages }, { from: 5, to: 110 });
        for (let at = 0; at < 120; at += 1) {
          const relevant = doors.filter(({ door }) => chosen.includes(door));
          const isThere = relevant.some(
            ({ since, closedAt = Infinity }) => since <= at && at < closedAt,
          );
          const isHeard = relevant.some(
            ({ receiver, door, since, heardUntil }) =>
              since <= at &&
              at < heardUntil &&
              !outages.some(
                (one) =>
                  one.receiver === receiver &&
                  one.door === door &&
                  one.from <= at &&
                  at < (one.to ?? Infinity),
              ),
          );
          const isUnheard = stretches.some(({ from, to }) => from <= at && at < (to ?? Infinity));
          expect(isUnheard).toBe(at >= 5 && at < 110 && isThere && !isHeard);
        }
      },
    ),
    { numRuns: 500 },
  );
});
