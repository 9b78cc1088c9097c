import { expect, test } from '@jest/globals';
import { Connections } from './guard.ts';
import { GuessedNames, Offenders } from './offenders.ts';

const policy = { failuresToBan: 2, windowMs: 600_000, banMs: 60_000, maxBanMs: 86_400_000 };

test('a million senders that fail once do not push out one that is banned', () => {
  const offenders = new Offenders(policy, 1000);
  offenders.fail('attacker', 'a', 0);
  expect(offenders.fail('attacker', 'b', 0)).toEqual({ number: 1, lengthMs: 60_000 });
  for (let n = 0; n < 1_000_000; n += 1) offenders.fail(`2001:db8:${n}::/64`, 'x', 1);
  expect(offenders.isBanned('attacker', 2)).toBe(true);
  expect(offenders.remembers('2001:db8:999999::/64', 2)).toBe(true);
  expect(offenders.remembers('2001:db8:1::/64', 2)).toBe(false);
});

test('a ban is counted while it lasts', () => {
  const offenders = new Offenders(policy);
  for (const sender of ['a', 'b']) {
    offenders.fail(sender, '1', 0);
    offenders.fail(sender, '2', 0);
  }
  expect(offenders.count(59_999)).toBe(2);
  expect(offenders.count(60_000)).toBe(0);
  // While it lasts nothing is added.
  expect(offenders.fail('a', '3', 30_000)).toBeUndefined();
});

test('names and the senders known to them are bounded', () => {
  const guessing = { windowMs: 600_000, freeGuesses: 1, firstDelayMs: 250, maxDelayMs: 8000 };
  const names = new GuessedNames(guessing, 10);
  names.guessed('tram01', 0);
  for (let n = 0; n < 17; n += 1) names.loggedIn('tram01', `sender ${n}`);
  expect(names.delayMs('tram01', 'sender 0', 1)).toBe(250);
  expect(names.delayMs('tram01', 'sender 1', 1)).toBe(0);
  for (let n = 0; n < 10; n += 1) names.guessed(`name ${n}`, 1);
  expect(names.delayMs('tram01', 'stranger', 1)).toBe(0);
});

test('two connections from one port, to either door, are distinguished', () => {
  const connections = new Connections(10);
  const peer = { address: '192.0.2.1', port: 4000 };
  connections.opened(peer, 'ftp', peer.address);
  connections.opened(peer, 'sftp', peer.address);
  connections.triedToLogIn(peer, 'ftps');
  expect(connections.closed(peer, 'sftp', peer.address)).toBe(false);
  expect(connections.closed(peer, 'ftp', peer.address)).toBe(true);
});
