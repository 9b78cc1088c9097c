import { expect, test } from '@jest/globals';
import { storableReviver } from './recorder.ts';

const bytes = (document: unknown) => Buffer.from(JSON.stringify(document));

test('leaves a document alone that PostgreSQL can hold', () => {
  expect(storableReviver(bytes({ text: 'Độ đục 𝛿' }))).toBeUndefined();
});

test('replaces NUL and half surrogate pairs, however deep, and keeps whole pairs', () => {
  const json = bytes({ lines: [{ text: 'a\0b\ud83d c𝛿' }], n: 1, none: null });
  expect(JSON.parse(json.toString(), storableReviver(json))).toEqual({
    lines: [{ text: 'a\uFFFDb\uFFFD c𝛿' }],
    n: 1,
    none: null,
  });
});
