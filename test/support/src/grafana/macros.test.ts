import { describe, expect, test } from '@jest/globals';
import { expandPromql, expandSql, type DashboardTime } from './macros.ts';

// Expected are the examples of Grafana's documentation.

const time: DashboardTime = {
  from: new Date('2017-04-21T05:01:17Z'),
  to: new Date('2017-04-21T05:06:17Z'),
  intervalMs: 15_000,
  scrapeMs: 15_000,
};
const choices = new Map([
  ['one', ["O'Hara"]],
  ['many', ['a.b', 'c\\d']],
]);

describe('SQL', () => {
  test.each([
    ['$__time(at)', 'at AS "time"'],
    ['$__timeEpoch(at)', 'extract(epoch from at) as "time"'],
    ['$__timeFilter(at)', "at BETWEEN '2017-04-21T05:01:17Z' AND '2017-04-21T05:06:17Z'"],
    ['$__timeFrom()', "'2017-04-21T05:01:17Z'"],
    ['$__timeTo()', "'2017-04-21T05:06:17Z'"],
    ["$__timeGroup(at,'5m')", 'floor(extract(epoch from at)/300)*300'],
    ['$__timeGroup(r.at, $__interval)', 'floor(extract(epoch from r.at)/15)*15'],
    ["$__timeGroupAlias(at, '1h')", 'floor(extract(epoch from at)/3600)*3600 AS "time"'],
    ['$__interval_ms', '15000'],
    ['s IN (${one:sqlstring})', "s IN ('O''Hara')"],
    ['s IN (${many:sqlstring})', "s IN ('a.b','c\\d')"],
    ['s IN ($many)', "s IN ('a.b','c\\d')"],
  ])('%s', (written, sent) => expect(expandSql(written, time, choices)).toBe(sent));

  test.each([
    ['$__timeFilters(at)', /unknown macro/],
    ['$__timeFilter()', /lacks its column/],
    ['$__timeGroup(at)', /column and an interval/],
    ["$__timeGroup(at, 'auto')", /no interval/],
    ['$__timeFrom', /stays unexpanded/],
    ['$missing', /unknown variable/],
    ['${many:nothing}', /unknown format/],
  ])('refuses %s', (written, message) =>
    expect(() => expandSql(written, time, choices)).toThrow(message),
  );

  test('refuses a variable without a value, as the server would', () => {
    expect(() => expandSql('s IN ($none)', time, new Map([['none', []]]))).toThrow(/has no value/);
  });
});

describe('PromQL', () => {
  test.each([
    ['a{b=~"$one"}', 'a{b=~"O\\\\\'Hara"}'],
    ['a{b=~"$many"}', 'a{b=~"(a\\\\.b|c\\\\\\\\d)"}'],
    ['a{b=~"${many:regex}"}', 'a{b=~"(a\\.b|c\\\\d)"}'],
    ['rate(a[$__rate_interval])', 'rate(a[1m])'],
    ['rate(a[$__interval])', 'rate(a[15s])'],
    ['increase(a[$__range])', 'increase(a[300s])'],
  ])('%s', (written, sent) => expect(expandPromql(written, time, choices)).toBe(sent));

  test('a rate of a coarse graph spans its interval and a scrape', () => {
    const coarse = { ...time, intervalMs: 300_000 };
    expect(expandPromql('[$__rate_interval]', coarse, choices)).toBe('[315s]');
  });

  test('refuses a macro of SQL', () => {
    expect(() => expandPromql('a > $__timeFrom()', time, choices)).toThrow(/stays unexpanded/);
  });
});
