import { expect, test } from '@jest/globals';
import { hideSecrets, isSecretPath } from './show-registry.ts';

test('secrets are hidden and nothing else is', () => {
  const account = {
    code: 'a',
    stations: ['S'],
    passwordHash: 'scrypt$1',
    publicKeys: ['ssh-ed25519 A'],
  };
  expect(hideSecrets({ kind: 'account', body: account })).toEqual({
    ...account,
    passwordHash: '***',
  });
  const target = {
    code: 'T',
    kind: 'ftp' as const,
    url: 'ftp://h/',
    user: 'u',
    secret: '${PASSWORD}',
  };
  expect(hideSecrets({ kind: 'target', body: target })).toEqual({ ...target, secret: '***' });
});

test.each([
  ['account', ['passwordHash'], true],
  ['account', ['stations', '0'], false],
  ['remote-site', ['secret'], true],
  ['station', ['parameters', '0', 'max'], false],
] as const)('%s %j is a secret: %s', (kind, path, secret) => {
  expect(isSecretPath(kind, path)).toBe(secret);
});
