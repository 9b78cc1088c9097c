import { describe, expect, test } from '@jest/globals';
import { renderFlow, renderLine, type ShownOverview } from './flow-view.ts';

const overview: ShownOverview = {
  receptions: { stored: 1200, duplicates: 3, quarantined: 7 },
  filesPerMinute: 90,
  readings: 9876,
  corrections: 2,
  deliveries: { due: 4, sent: 1190, refused: 1 },
  openGaps: 1,
  latency: { queryable: { p50: 0.021, p99: 1.234 }, receipt: { p50: null, p99: null } },
  latest: [
    {
      receivedAt: '2026-11-24T01:02:03.000Z',
      account: 'a',
      name: 'x.txt',
      outcome: 'quarantined',
      detail: 'empty file',
    },
  ],
};

describe('the picture of the flow', () => {
  test('shows every figure', () => {
    const text = renderFlow({ title: 'Envigate', hints: ['Ctrl-C stops'] }, overview, 100).join(
      '\n',
    );
    for (const part of [
      '1,210   (90 in the last minute)',
      '9,876   (2 corrected)',
      '1,190   (4 due, 1 refused)',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).toContain('p50 21 ms, p99 1.2 s');
    expect(text).toMatch(/226 → receipt +–/);
    expect(text).toContain('01:02:03 quarantined x.txt  (empty file)');
    expect(text.endsWith('Ctrl-C stops')).toBe(true);
  });

  test('fits the terminal, and shows commands whole, to be pasted', () => {
    const command = 'x'.repeat(300);
    const header = { title: 'Envigate'.repeat(10), hints: [command] };
    const lines = renderFlow(header, overview, 40);
    expect(lines.at(-1)).toBe(command);
    const widths = lines.slice(0, -1).map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(40);
  });

  test('is one line where it cannot be redrawn', () => {
    expect(renderLine(overview)).toBe(
      'files 1,210 (3 duplicates, 7 quarantined) · readings 9,876 · delivered 1,190 (4 due) · open gaps 1 · 226→queryable p50 21 ms, p99 1.2 s · 226→receipt –',
    );
  });
});
