import { describe, expect, test } from '@jest/globals';
import type { Reception } from '@envigate/contracts';
import fc from 'fast-check';
import { ReceivedIndex } from './received-index.ts';

let sequence = 0;
function received(account: string, name: string, at: string): Reception {
  sequence += 1;
  return {
    receptionId: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    spoolId: 's',
    spoolSequence: sequence,
    receivedAt: `2026-11-23T${at}Z`,
    protocol: 'ftp',
    peer: '192.0.2.7',
    account,
    folder: '/',
    name,
    size: 1,
    contentHash: '',
    fileId: '',
  };
}

const names = (index: ReceivedIndex, account: string): string[] =>
  index.list(account, '/').map(({ path }) => path);

describe('ReceivedIndex', () => {
  test('forgets the oldest of an account with too many, of all with too many, and what is old', () => {
    let now = '12:00:00';
    const clock = (): Date => new Date(`2026-11-23T${now}Z`);
    const index = new ReceivedIndex(clock, { perAccount: 3, inAll: 5, maxAgeMs: 3_600_000 });
    for (const name of ['1', '2', '3', '4']) index.add(received('a', name, '11:30:00'));
    expect(names(index, 'a')).toEqual(['/2', '/3', '/4']);
    for (const name of ['1', '2', '3']) index.add(received('b', name, '11:50:00'));
    expect(index.size).toBe(5);
    expect(names(index, 'a')).toEqual(['/3', '/4']);
    now = '12:40:00';
    expect(names(index, 'a')).toEqual([]);
    expect(names(index, 'b')).toEqual(['/1', '/2', '/3']);
    expect(index.size).toBe(3);
  });

  test('a file received again is the newest', () => {
    const index = new ReceivedIndex(() => new Date('2026-11-23T12:00:00Z'), {
      perAccount: 2,
      inAll: 9,
      maxAgeMs: 1e9,
    });
    for (const name of ['1', '2', '1', '3']) index.add(received('a', name, '11:30:00'));
    expect(names(index, 'a')).toEqual(['/1', '/3']);
  });

  test('has what a list in the order of reception would have, whatever is removed and moved', () => {
    const account = fc.constantFrom('a', 'b', 'c');
    const name = fc.integer({ min: 1, max: 9 }).map(String);
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ does: fc.constant('add'), account, name, to: name }) },
      fc.record({ does: fc.constantFrom('remove', 'move'), account, name, to: name }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const limits = { perAccount: 4, inAll: 6, maxAgeMs: 1e9 };
        const index = new ReceivedIndex(() => new Date('2026-11-23T12:00:00Z'), limits);
        let model: { account: string; name: string }[] = [];
        for (const { does, account, name, to } of steps) {
          const at = (place: string) =>
            model.find((file) => file.account === account && file.name === place);
          const present = at(name);
          if (does === 'add') index.add(received(account, name, '11:30:00'));
          else if (does === 'remove')
            expect(index.remove(account, `/${name}`)).toBe(present !== undefined);
          else index.move(account, `/${name}`, `/${to}`);
          const isMoved = does === 'move' && present !== undefined;
          const gone = [present, isMoved ? at(to) : undefined];
          model = model.filter((file) => !gone.includes(file));
          if (does === 'add') model.push({ account, name });
          if (isMoved) model.push({ account, name: to });
          if (does !== 'add') continue;
          const own = model.filter((file) => file.account === account);
          const surplus = new Set(own.slice(0, -limits.perAccount));
          model = model.filter((file) => !surplus.has(file)).slice(-limits.inAll);
        }
        for (const account of ['a', 'b', 'c'])
          expect(names(index, account)).toEqual(
            model.filter((file) => file.account === account).map((file) => `/${file.name}`),
          );
        expect(index.size).toBe(model.length);
      }),
    );
  });
});
