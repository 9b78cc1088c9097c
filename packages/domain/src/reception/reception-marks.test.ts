import { describe, expect, test } from '@jest/globals';
import type { Release } from '@envigate/contracts';
import { readRelease, releaseWarnings } from './reception-marks.ts';

const since = '2026-11-24T02:10:00.000Z';

describe('the release of a held file is read back from the mark of its reception', () => {
  test.each<[what: string, released: Release, note: string | undefined]>([
    ['by time', { by: 'quiet', heldFor: 'cut-last-line', since }, undefined],
    [
      'by an operator with a note',
      { by: 'operator', heldFor: 'shrunk', since, actor: 'lan', note: 'trạm tắt; "xong"' },
      'lan: trạm tắt; "xong"',
    ],
    [
      'by an operator without one',
      { by: 'operator', heldFor: 'awaiting-rename', since, actor: 'lan' },
      'lan',
    ],
  ])('%s', (_, released, note) => {
    const { by, heldFor } = released;
    const expected = { by, heldFor, since, ...(note !== undefined && { note }) };
    expect(readRelease(releaseWarnings(released))).toEqual(expected);
  });

  test.each([
    ['', {}],
    ['; lan: the station was shut down', { note: 'lan: the station was shut down' }],
  ])('as earlier versions wrote it: %j', (words, note) => {
    const detail = `held for cut-last-line since ${since}${words}`;
    expect(readRelease([{ code: 'released-by-operator', detail }])).toEqual({
      ...{ by: 'operator', heldFor: 'cut-last-line', since },
      ...note,
    });
  });

  test('where there is one', () => {
    expect(
      readRelease([{ code: 'duplicate-line', detail: 'line-repeats@1[2,1]' }]),
    ).toBeUndefined();
    expect(readRelease([{ code: 'released-after-quiet', detail: 'line@1[2]' }])).toBeUndefined();
  });
});
