import { expect, test } from '@jest/globals';
import { arraysOf, namesOf, rowsOf } from './columns.ts';

const list = `station_id integer,
  at timestamptz, unit text`;

test('a list of columns gives their names, the arrays of their values, and these as rows', () => {
  expect(namesOf(list)).toBe('station_id, at, unit');
  expect(arraysOf(list)).toBe('$1::integer[], $2::timestamptz[], $3::text[]');
  expect(rowsOf('a integer, b text')).toBe(
    '(SELECT unnest($1::integer[]) AS a, unnest($2::text[]) AS b)',
  );
});
