import { describe, expect, test } from '@jest/globals';
import type { AuditFault } from '@envigate/postgres';
import { describeFault, describeScope } from './audit-words.ts';

const place = { chain: 'station.readings/0', sequence: 7, receptionId: '01JQ' } as const;
const reading = { station: 'S1', parameter: 'PH', instant: '2026-01-01T10:00:00.000Z' } as const;

/** One of each kind, and what both languages must name. */
const faults: readonly (readonly [AuditFault, readonly string[]])[] = [
  [{ kind: 'sequence', chain: 'c/0', expected: 3, found: 5 }, ['c/0', '#2', '#5']],
  [{ kind: 'changed', ...place }, ['station.readings/0 #7', '01JQ']],
  [{ kind: 'end', chain: 'c/0', expected: 4, found: 3 }, ['c/0', '#3', '#4']],
  [{ kind: 'original', ...place }, ['station.readings/0 #7', '01JQ', 'SHA-256']],
  [{ kind: 'original-gone', ...place, fileNo: 12 }, ['#7', '01JQ', '12']],
  [{ kind: 'reason-gone', ...place, fileNo: 12 }, ['#7', '01JQ']],
  [
    { kind: 'readings-gone', ...place, fileNo: 12, expected: 5, found: 4 },
    ['01JQ', '4', '5', '12'],
  ],
  [
    { kind: 'value', ...reading, revision: 2, fileNo: 12, value: 7.5, rawValue: '7.1' },
    ['S1 PH 2026-01-01T10:00:00.000Z', '2', '7.5', "'7.1'", '12'],
  ],
  [
    { kind: 'file-key', what: 'missing', fileNo: 12, fileId: 'ab12' },
    ['12', "INSERT INTO file_keys (file_id, file_no) VALUES ('\\xab12', 12)"],
  ],
  [
    { kind: 'file-key', what: 'wrong', fileNo: 12, fileId: 'ab12', keyedNo: 13 },
    ['12', '13', "UPDATE file_keys SET file_no = 12 WHERE file_id = '\\xab12'"],
  ],
  [
    { kind: 'file-key', what: 'extra', fileNo: 12, fileId: 'ab12' },
    ['12', "DELETE FROM file_keys WHERE file_id = '\\xab12' AND file_no = 12"],
  ],
  [{ kind: 'file-gone', table: 'deliveries', item: '88', fileNo: 12 }, ['deliveries 88', '12']],
  [
    { kind: 'checkpoint', checkpoint: 9, what: 'changed', subject: 'chain c/0' },
    ['9', 'chain c/0'],
  ],
  [{ kind: 'checkpoint', checkpoint: 9, what: 'gone', subject: null }, ['9']],
  [{ kind: 'doubled', spoolId: 'sp', sequence: 6 }, ['sp', '6']],
  [{ kind: 'head', chain: 'c/0', sequence: 4, what: 'differs' }, ['c/0 #4']],
];

test.each(faults)('a fault names the item in both languages: %j', (fault, names) => {
  const [vi = '', en = ''] = describeFault(fault).split(' · ');
  expect(vi).toMatch(/[ạảấầậắặẻếềệịốồộớờợứựđ]/u);
  for (const name of names) {
    expect(vi).toContain(name);
    expect(en).toContain(name);
  }
});

describe('what was looked at', () => {
  const chains = [{ chain: 'c/0', before: 5, to: 8 }];
  const since = { from: new Date('2026-01-01T00:00:00Z'), to: new Date('2026-01-01T00:00:00Z') };

  test('is said with what was not, since a checkpoint or a head', () => {
    for (const mode of ['since-checkpoint', 'since-head'] as const) {
      const { proven, notLookedAt } = describeScope({ mode, since, chains });
      expect(proven.en).toMatch(/^proven since the .* of 01\/01\/2026 07:00:00: 3 receptions/);
      expect(notLookedAt?.en).toMatch(/^not looked at again: the 5 receptions before it/);
      expect(notLookedAt?.vi).toMatch(/^không kiểm tra lại 5 lượt nhận/);
    }
  });

  test('is everything with --full, and all receptions without a checkpoint', () => {
    const begun = [{ chain: 'c/0', before: 0, to: 8 }];
    const full = describeScope({ mode: 'full', since: undefined, chains: begun });
    expect(full).toMatchObject({
      proven: { en: expect.stringContaining('8') },
      notLookedAt: undefined,
    });
    const first = describeScope({ mode: 'since-checkpoint', since: undefined, chains: begun });
    expect(first.notLookedAt?.en).toMatch(/--full/);
  });
});
