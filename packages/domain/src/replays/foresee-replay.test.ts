import { expect, test } from '@jest/globals';
import { isCured, losesLines, type Foreseen } from './foresee-replay.ts';
import type { OpenQuarantine } from './replay-desk.ts';

const rejecting = (...lines: readonly number[]) =>
  lines.map((line) => ({ line, reason: 'wrong-column-count' }));
const stored = (...lines: readonly number[]): Foreseen => ({
  ...{ kind: 'stored', station: 'S', readings: 1, unknownSymbols: [] },
  rejectedLines: rejecting(...lines),
});
const quarantined: Foreseen = {
  ...{ kind: 'quarantined', reason: 'unknown-form', detail: '' },
  rejectedLines: rejecting(1),
};
const whole: OpenQuarantine = { isFile: true, lines: [1, 2] };
const lines = (...open: readonly number[]): OpenQuarantine => ({ isFile: false, lines: open });

test.each([
  ['a file that is still refused', whole, quarantined, false, false],
  ['a file that is understood, but for a line', whole, stored(3), true, false],
  ['a line that is understood', lines(2, 3), stored(3), true, false],
  ['lines that are still refused', lines(2, 3), stored(2, 3), false, false],
  ['a line that is understood in place of another', lines(2), stored(1), true, true],
  ['a file that was understood and is refused', lines(2), quarantined, false, true],
])('%s', (_, open, foreseen, cured, loses) => {
  expect(isCured(open, foreseen)).toBe(cured);
  expect(losesLines(open, foreseen)).toBe(loses);
});
