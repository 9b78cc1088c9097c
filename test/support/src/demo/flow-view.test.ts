import { describe, expect, test } from '@jest/globals';
import { renderFlow, renderLine, titleOf, type ShownOverview } from './flow-view.ts';

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
      /^lượt nhận tệp · files received +1\.210$/m,
      /^ {2}trong 1 phút qua · in the last minute +90$/m,
      /^ {2}cách ly · quarantined +7$/m,
      /^giá trị đo mới · new readings +9\.876$/m,
      /^ {2}giá trị thay thế · corrected +2$/m,
      /^đã truyền về Bộ · delivered to the ministry +1\.190$/m,
      /^ {2}chờ truyền · due +4$/m,
      /^ {2}bị từ chối · refused +1$/m,
      /queryable +p50 21 ms, p99 1,2 s$/m,
      /receipt +–$/m,
      /^ {2}08:02:03 cách ly · quarantined {2}x\.txt {2}\(empty file\)$/m,
    ])
      expect(text).toMatch(part);
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

  test.each(['one-process', 'process-per-service'] as const)(
    'fits 100 columns with nothing cut but names of files: %s',
    (layout) => {
      const lines = renderFlow({ title: titleOf(layout), hints: [] }, overview, 100);
      expect(lines.filter((line) => line.includes('…'))).toEqual([]);
    },
  );

  test('is one line where it cannot be redrawn', () => {
    expect(renderLine(overview)).toBe(
      'tệp · files 1.210 (trùng · duplicates 3, cách ly · quarantined 7) | giá trị · readings 9.876 | ' +
        'đã truyền · delivered 1.190 (chờ · due 4) | gián đoạn · open gaps 1 | ' +
        '226→tra cứu · queryable p50 21 ms, p99 1,2 s | 226→xác nhận · receipt –',
    );
  });
});
