import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { ContractError, faultAt } from '@envigate/contracts';
import {
  CommandError,
  readChoice,
  readLimit,
  readTime,
  readTimeRange,
  refusalOfChange,
} from './options.ts';

const reported = jest.spyOn(console, 'error').mockImplementation(() => undefined);
afterEach(() => {
  reported.mockClear();
});

describe('a time of an option', () => {
  test('is taken as an officer writes it, and how it was understood is reported', () => {
    expect(readTime('from', '25/03/2026 00:00')).toEqual(new Date('2026-03-24T17:00:00Z'));
    expect(reported.mock.calls).toEqual([
      ['--from: 25/03/2026 00:00:00 (UTC+7) · 2026-03-24T17:00:00.000Z'],
    ]);
  });

  test('with its offset needs no report', () => {
    expect(readTime('at', '2026-03-25T00:00:00+07:00')).toEqual(new Date('2026-03-24T17:00:00Z'));
    expect(reported).not.toHaveBeenCalled();
  });

  test.each(['2026-03-25T00:00:00', '31/02/2026 00:00', 'yesterday', ''])(
    '%j is refused in both languages, with the forms that are taken',
    (text) => {
      expect(() => readTime('to', text)).toThrow(CommandError);
      expect(() => readTime('to', text)).toThrow(
        /^--to: ".*" không đúng định dạng thời gian; ví dụ 25\/03\/2026 00:00 hoặc .* · --to: ".*" is not a time/,
      );
    },
  );

  test('must be before the other one', () => {
    const time = '25/03/2026 00:00';
    expect(readTimeRange({})).toEqual({ from: undefined, to: undefined });
    expect(() => readTimeRange({ from: time, to: time })).toThrow(
      '--from phải trước --to · --from must be before --to',
    );
  });
});

test('a word that an option does not take is refused with those that it takes', () => {
  expect(readChoice('--level', undefined, ['1h', '12h'])).toBeUndefined();
  expect(readChoice('--level', '12h', ['1h', '12h'])).toBe('12h');
  expect(() => readChoice('--level', '2h', ['1h', '12h'])).toThrow(
    "--level phải là một trong 1h, 12h; giá trị đã nhập: '2h' · --level must be one of 1h, 12h, not '2h'",
  );
});

test('a limit is a number of rows', () => {
  const limits = { unlessGiven: 20, most: 100 };
  expect([readLimit(undefined, limits), readLimit('100', limits)]).toEqual([20, 100]);
  expect(() => readLimit('101', limits)).toThrow('--limit phải là số từ 1 đến 100');
});

test('why the registry was not changed is said in both languages', () => {
  const error = new ContractError('Registry', [
    faultAt('/a', { vi: 'phải khác nhau', en: 'must differ' }),
    faultAt('', { vi: "thiếu trường 'b'", en: "must have the key 'b'" }),
  ]);
  expect(refusalOfChange(error)).toMatchObject({
    message:
      "Danh mục chưa được thay đổi: /a phải khác nhau; / thiếu trường 'b' · " +
      "the registry was not changed: /a must differ; / must have the key 'b'",
  });
  const other = new Error('x');
  expect(refusalOfChange(other)).toBe(other);
});
