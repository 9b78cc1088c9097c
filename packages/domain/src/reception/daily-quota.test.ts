import { expect, test } from '@jest/globals';
import { exceededQuota, noUsage, quotaDay, withFile } from './daily-quota.ts';

test('a day begins at midnight of Vietnam', () => {
  expect(quotaDay(Date.parse('2026-11-23T16:59:59.999Z'))).toBe('20261123');
  expect(quotaDay(Date.parse('2026-11-23T17:00:00.000Z'))).toBe('20261124');
  expect(quotaDay(Date.parse('2026-12-31T17:00:00.000Z'))).toBe('20270101');
});

test('a quota is used up to its last file and byte', () => {
  const usage = withFile(withFile(noUsage, 100), 200);
  expect(usage).toEqual({ files: 2, bytes: 300 });
  expect(exceededQuota(usage, 0, { filesPerDay: 3 })).toBeUndefined();
  expect(exceededQuota(usage, 0, { filesPerDay: 2 })).toBe('filesPerDay');
  expect(exceededQuota(usage, 700, { bytesPerDay: 1000 })).toBeUndefined();
  expect(exceededQuota(usage, 701, { bytesPerDay: 1000 })).toBe('bytesPerDay');
});

test('without quotas there is no limit', () => {
  expect(exceededQuota({ files: 1e9, bytes: 1e15 }, 1e9)).toBeUndefined();
  expect(exceededQuota({ files: 1e9, bytes: 1e15 }, 1e9, { sessions: 1 })).toBeUndefined();
});
