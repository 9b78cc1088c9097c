import { expect, test } from '@jest/globals';
import { userForLog } from './user-for-log.ts';

test('what can be a code is written down, and nothing else', () => {
  expect(userForLog('tram01')).toBe('tram01');
  expect(userForLog('NinhBinh_TT-01.a')).toBe('NinhBinh_TT-01.a');
  for (const user of ['', 'p@ss word', '-x', 'a\nb', 'Trạm', 'x'.repeat(65), 'tram01\r']) {
    expect(userForLog(user)).toBe('(no account code)');
  }
});
