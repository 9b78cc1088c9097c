import { describe, expect, test } from '@jest/globals';
import type { Account, Station } from '@envigate/contracts';
import fc from 'fast-check';
import { arbitraryRegistry } from '../testing/arbitrary-registry.ts';
import { canonicalJson } from '../registry/reading-mark.ts';
import { fieldChanges } from './registry-diff.ts';
import { itemsOf } from './registry-schema.ts';

const station: Station = {
  code: 'S',
  facility: 'F',
  name: 'Trạm',
  kind: 'waste-water',
  filePrefixes: ['A', 'B'],
  parameters: [
    { parameter: 'COD', min: 0, max: 500 },
    { parameter: 'PH', max: 14 },
  ],
};
const account: Account = {
  code: 'a',
  stations: ['S'],
  passwordHash: 'scrypt$1',
  quotas: { sessions: 2 },
};
const ofStation = (change: Partial<Station>) =>
  fieldChanges('station', station, { ...station, ...change });
const ofAccount = (change: Partial<Account>) =>
  fieldChanges('account', account, { ...account, ...change });

describe('fieldChanges', () => {
  test.each<[string, ReturnType<typeof fieldChanges>, unknown]>([
    ['nothing', ofStation({}), []],
    [
      'a field',
      ofStation({ name: 'Trạm 1' }),
      [{ path: 'name', kind: 'changed', before: 'Trạm', after: 'Trạm 1' }],
    ],
    [
      'a field that comes',
      ofStation({ nameEn: 'S' }),
      [{ path: 'nameEn', kind: 'added', after: 'S' }],
    ],
    [
      'a field of an element, found by its key',
      ofStation({
        parameters: [
          { parameter: 'PH', max: 14 },
          { parameter: 'COD', min: 0, max: 400 },
        ],
      }),
      [{ path: 'parameters[COD].max', kind: 'changed', before: 500, after: 400 }],
    ],
    [
      'elements that come and go',
      ofStation({ parameters: [{ parameter: 'COD', min: 0, max: 500 }, { parameter: 'TSS' }] }),
      [
        { path: 'parameters[PH]', kind: 'removed', before: { parameter: 'PH', max: 14 } },
        { path: 'parameters[TSS]', kind: 'added', after: { parameter: 'TSS' } },
      ],
    ],
    [
      'elements of a plain list',
      ofStation({ filePrefixes: ['B', 'C'] }),
      [
        { path: 'filePrefixes[]', kind: 'removed', before: 'A' },
        { path: 'filePrefixes[]', kind: 'added', after: 'C' },
      ],
    ],
    [
      'only the order',
      ofStation({ filePrefixes: ['B', 'A'] }),
      [{ path: 'filePrefixes', kind: 'reordered' }],
    ],
    [
      'an empty list that comes',
      ofStation({ targets: [] }),
      [{ path: 'targets', kind: 'added', after: [] }],
    ],
    [
      'a field within',
      ofAccount({ quotas: { sessions: 3 } }),
      [{ path: 'quotas.sessions', kind: 'changed', before: 2, after: 3 }],
    ],
    [
      'the last field within',
      ofAccount({ quotas: {} }),
      [{ path: 'quotas.sessions', kind: 'removed', before: 2 }],
    ],
    [
      'a secret, without its values',
      ofAccount({ passwordHash: 'scrypt$2' }),
      [{ path: 'passwordHash', kind: 'secret-changed' }],
    ],
  ])('reports %s', (_what, changes, expected) => {
    expect(changes).toEqual(expected);
  });

  test('finds something exactly where two bodies differ, and never shows a secret', () => {
    const secret = 'scrypt$not-to-be-shown';
    fc.assert(
      fc.property(arbitraryRegistry, arbitraryRegistry, (one, other) => {
        const others = itemsOf(other);
        for (const { kind, body } of itemsOf(one)) {
          const next = others.find((item) => item.kind === kind)?.body ?? body;
          const hidden = 'passwordHash' in next ? { ...next, passwordHash: secret } : next;
          const changes = fieldChanges(kind, body, hidden);
          expect(changes.length > 0).toBe(canonicalJson(body) !== canonicalJson(hidden));
          expect(JSON.stringify(changes)).not.toContain(secret);
        }
      }),
    );
  });
});
