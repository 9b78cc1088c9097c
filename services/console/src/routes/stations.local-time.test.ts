import { describe, expect, test } from '@jest/globals';
import { localTime } from './stations.ts';

describe('localTime', () => {
  test.each([
    [420, '2026-03-25T00:00:00+07:00'],
    [0, '2026-03-24T17:00:00+00:00'],
    [-210, '2026-03-24T13:30:00-03:30'],
  ])('at %i minutes from UTC: %s', (offset, text) => {
    expect(localTime(new Date('2026-03-24T17:00:00Z'), offset)).toBe(text);
  });

  test('keeps a fraction of a second', () => {
    expect(localTime(new Date('2026-03-24T17:00:00.250Z'), 420)).toBe(
      '2026-03-25T00:00:00.250+07:00',
    );
  });
});
