import { expect, test } from '@jest/globals';
import { OlderTlsPeers } from './tls-contexts.ts';

const hour = 3600 * 1000;

test('an address is remembered for a day after it was added last', () => {
  let now = 0;
  const peers = new OlderTlsPeers(() => now);
  peers.add('203.0.113.7');
  now = 12 * hour;
  peers.add('203.0.113.7');
  now = 36 * hour - 1;
  expect(peers.has('203.0.113.7')).toBe(true);
  expect(peers.has('203.0.113.8')).toBe(false);
  now = 36 * hour;
  expect(peers.has('203.0.113.7')).toBe(false);
});

test('of more than a thousand the one added longest ago is forgotten', () => {
  const peers = new OlderTlsPeers(() => 0);
  for (let number = 0; number < 1000; number += 1) peers.add(`peer ${number}`);
  peers.add('peer 0');
  peers.add('peer 1000');
  expect(peers.has('peer 1')).toBe(false);
  for (const kept of ['peer 0', 'peer 2', 'peer 1000']) expect(peers.has(kept)).toBe(true);
});
