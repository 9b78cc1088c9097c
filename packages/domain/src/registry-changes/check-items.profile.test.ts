import { describe, expect, test } from '@jest/globals';
import type { BilingualText, Profile } from '@envigate/contracts';
import { checkProfile } from './check-items.ts';

function faultsOf(
  profile: Partial<Profile>,
  language: keyof BilingualText = 'en',
): readonly string[] {
  const faults: string[] = [];
  checkProfile({ code: 'p', name: 'p', ...profile }, '', (path, expected) =>
    faults.push(`${path} ${expected[language]}`),
  );
  return faults;
}

describe('a profile is sound', () => {
  test.each<[string, Partial<Profile>]>([
    ['with nothing said', {}],
    ['with a shape alone', { shape: 'A5', separator: 'tab' }],
    ['with columns in place of a shape', { columns: ['symbol', 'value', 'time'] }],
    ['with date and time of day apart', { columns: ['date', 'timeOfDay', 'symbol', 'value'] }],
    [
      'with ignored columns, any number',
      { columns: ['ignored', 'time', 'ignored', 'symbol', 'value'] },
    ],
    ['wide by default', { wide: true }],
    [
      'wide with columns before the values',
      { wide: true, columns: ['date', 'timeOfDay', 'status'] },
    ],
    ['wide with lines of names and units', { wide: true, namesLine: 2, unitsLine: 3 }],
    ['with names in its last line', { wide: true, headerLines: 3, unitsLine: 2 }],
    ['with all lines given', { wide: true, headerLines: 4, namesLine: 2, unitsLine: 3 }],
    ['with lines at its end', { trailerLines: 1 }],
    [
      'that ignores files, with names and their time',
      { ignore: true, fileNames: ['*.log'], nameTime: 'yyyyMMdd' },
    ],
    ['that does not ignore, and reads', { ignore: false, encoding: 'tcvn3' }],
  ])('%s', (_, profile) => {
    expect(faultsOf(profile)).toEqual([]);
  });
});

describe('a profile is refused', () => {
  test.each<[string, Partial<Profile>, readonly string[]]>([
    [
      'that ignores and reads, each key by itself',
      { ignore: true, encoding: 'utf-8', headerLines: 0 },
      [
        '/encoding must be absent where ignore is true',
        '/headerLines must be absent where ignore is true',
      ],
    ],
    [
      'with a time of names without a day',
      { nameTime: 'yyyyMM' },
      [
        '/nameTime must hold yyyy or yy, MM and dd, then HH, mm and ss as far as they are, each once',
      ],
    ],
    [
      'with shape and columns',
      { shape: 'A3', columns: ['symbol', 'value', 'time'] },
      ['/shape must be absent where columns or wide is given'],
    ],
    [
      'with shape and wide',
      { shape: 'A3', wide: true },
      ['/shape must be absent where columns or wide is given'],
    ],
    [
      'that is wide without a line of symbols',
      { wide: true, headerLines: 0 },
      ['/headerLines must be at least 1 where wide is true: a line names the symbols'],
    ],
    [
      'with a line of names and no table',
      { namesLine: 2, unitsLine: 3 },
      [
        '/namesLine must be absent where wide is not true',
        '/unitsLine must be absent where wide is not true',
      ],
    ],
    [
      'with a line of names behind the header',
      { wide: true, headerLines: 2, namesLine: 3 },
      ['/namesLine must be at most headerLines (2)'],
    ],
    [
      'with units behind the header',
      { wide: true, headerLines: 2, namesLine: 1, unitsLine: 3 },
      ['/unitsLine must be at most headerLines (2)'],
    ],
    [
      'with one line for both',
      { wide: true, namesLine: 2, unitsLine: 2 },
      ['/unitsLine must not be the line of the names (2)'],
    ],
    [
      'with units in the line that names by default',
      { wide: true, headerLines: 2, unitsLine: 2 },
      ['/unitsLine must not be the line of the names (2)'],
    ],
    [
      'with units and no other line',
      { wide: true, unitsLine: 1 },
      ['/unitsLine must not be the line of the names (1)'],
    ],
    [
      'that ignores and has lines of a header',
      { ignore: true, namesLine: 1, trailerLines: 1 },
      [
        '/namesLine must be absent where ignore is true',
        '/trailerLines must be absent where ignore is true',
        '/namesLine must be absent where wide is not true',
      ],
    ],
    [
      'with a column twice',
      { columns: ['symbol', 'value', 'time', 'value'] },
      ["/columns/3 must be unique, 'value' is not"],
    ],
    [
      'that is wide with a symbol among the columns',
      { wide: true, columns: ['time', 'symbol'] },
      ['/columns/1 must be time, date, timeOfDay, status or ignored where wide is true'],
    ],
    [
      'with a date without time of day',
      { columns: ['date', 'symbol', 'value'] },
      ['/columns must have date and timeOfDay together'],
    ],
    [
      'with two times',
      { columns: ['time', 'date', 'timeOfDay', 'symbol', 'value'] },
      ['/columns must have either time or date and timeOfDay'],
    ],
    [
      'without any time',
      { columns: ['symbol', 'value'] },
      ['/columns must have either time or date and timeOfDay'],
    ],
    ['without a value', { columns: ['symbol', 'time'] }, ['/columns must have symbol and value']],
  ])('%s', (_, profile, faults) => {
    expect(faultsOf(profile)).toEqual(faults);
  });

  test.each<[Partial<Profile>, readonly string[]]>([
    [{ ignore: true, encoding: 'utf-8' }, ['/encoding không được khai báo khi ignore là true']],
    [
      { nameTime: 'yyyyMM' },
      [
        '/nameTime phải có yyyy hoặc yy, MM và dd, sau đó là HH, mm và ss nếu có, mỗi thành phần một lần',
      ],
    ],
    [{ shape: 'A3', wide: true }, ['/shape không được khai báo khi có columns hoặc wide']],
    [
      { wide: true, headerLines: 0 },
      ['/headerLines không được nhỏ hơn 1 khi wide là true: phải có một dòng ghi ký hiệu thông số'],
    ],
    [{ namesLine: 2 }, ['/namesLine không được khai báo khi wide không phải là true']],
    [
      { wide: true, headerLines: 2, namesLine: 3 },
      ['/namesLine không được lớn hơn headerLines (2)'],
    ],
    [
      { wide: true, unitsLine: 1 },
      ['/unitsLine không được trùng với dòng ghi ký hiệu thông số (1)'],
    ],
    [
      { columns: ['symbol', 'value', 'time', 'value'] },
      ["/columns/3 không được trùng: đã có 'value'"],
    ],
    [
      { wide: true, columns: ['time', 'symbol'] },
      ['/columns/1 phải là time, date, timeOfDay, status hoặc ignored khi wide là true'],
    ],
    [{ columns: ['date', 'symbol', 'value'] }, ['/columns phải có cả date và timeOfDay']],
    [
      { columns: ['symbol', 'value'] },
      ['/columns phải có một trong hai: time, hoặc date và timeOfDay'],
    ],
    [{ columns: ['symbol', 'time'] }, ['/columns phải có symbol và value']],
  ])('in Vietnamese: %j', (profile, faults) => {
    expect(faultsOf(profile, 'vi')).toEqual(faults);
  });
});
