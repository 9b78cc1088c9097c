import { expect, test } from '@jest/globals';
import { byteaArray, hexArray, numberArray, textArray } from './session.ts';

test('numbers stand as they are', () => {
  expect(numberArray([1, -2.5e-9, null, 0])).toBe('{1,-2.5e-9,NULL,0}');
});

test('texts are quoted, so that none is read as NULL, a comma or a brace', () => {
  expect(textArray(['a', 'NULL', null, '', 'x,y', '{}', 'Độ đục'])).toBe(
    '{"a","NULL",NULL,"","x,y","{}","Độ đục"}',
  );
  expect(textArray([String.raw`a"b\c`])).toBe(String.raw`{"a\"b\\c"}`);
});

test('bytes are hexadecimal', () => {
  expect(byteaArray([Buffer.from([0, 255]), Buffer.alloc(0)])).toBe(String.raw`{"\\x00ff","\\x"}`);
  expect(hexArray(['00ff'])).toBe(String.raw`{"\\x00ff"}`);
});
