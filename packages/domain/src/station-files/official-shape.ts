import type { LineShape } from './line-shape.ts';

const width = 5;
const expected = 'symbol, value, unit, time and status, parted by TABs';

/** The form of TT 10/2021, Phụ lục 15: symbol, value, unit, yyyyMMddHHmmss, status. */
export const officialShape: LineShape = {
  name: 'official',
  columns: { symbol: 1, value: 2, unit: 3, time: 4, status: 5 },

  fits(cells) {
    return cells.length === width && /^\d{14}$/.test(cells[3] ?? '');
  },

  map(cells) {
    const [symbol = '', value = '', unit = '', time = '', status] = cells;
    // TABs at the end of a line are blanks, not columns.
    const surplus = cells.findIndex((cell, i) => i >= width && cell !== '');
    if (status === undefined || surplus >= 0) {
      const column = (surplus >= 0 ? surplus : cells.length) + 1;
      return { reason: 'wrong-column-count', column, expected: `${width} columns: ${expected}` };
    }
    return { symbol, value, unit, time, status };
  },
};
