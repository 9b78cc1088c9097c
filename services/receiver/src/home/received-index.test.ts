import { describe, expect, test } from '@jest/globals';
import type { Reception } from '@envigate/contracts';
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
});
