import { describe, expect, test } from '@jest/globals';
import type { Account, Profile, Station } from '@envigate/contracts';
import { registryOf } from '../testing/station-file.ts';
import { findAssignedProfile, findProfile, isIncluded } from './find-station.ts';
import { sentence } from '../reasons/sentences.ts';

const profile = (code: string, ...fileNames: string[]): Profile => ({
  ...{ code, name: code },
  ...(fileNames.length > 0 && { fileNames: fileNames as [string, ...string[]] }),
});
const registry = registryOf({
  profiles: [profile('day', '*_day.csv'), profile('log', '*.log', 'LOG?.txt'), profile('any')],
});
const station = (...profiles: string[]): Station => ({
  ...{ code: 'S', facility: 'F', name: 'S', kind: 'waste-water', profiles },
});
const account = (...profiles: string[]): Account => ({ code: 'a', stations: ['S'], profiles });
const found = (name: string, of: { account?: Account; station?: Station }) =>
  findProfile(registry, name, of.account, of.station)?.code;

describe('the profile of a file', () => {
  test.each([
    ['none where neither account nor station has one', 'x_day.csv', {}, undefined],
    ['of the station before that of the account', 'x_day.csv', ['day', 'any'], 'day'],
    ['of the account where that of the station is for other names', 'x.txt', ['day', 'any'], 'any'],
    ['whatever the case of the name', 'X_DAY.CSV', ['day', 'any'], 'day'],
    ['with one sign for ?', 'LOG1.txt', ['log', 'none'], 'log'],
    ['not with two signs for ?', 'LOG12.txt', ['log', 'none'], undefined],
    ['passed over where the registry has none of that code', 'x.txt', ['none', 'any'], 'any'],
  ] as const)('is %s', (_, name, profiles, expected) => {
    const [ofStation, ofAccount] = 'length' in profiles ? profiles : [];
    const of = {
      ...(ofStation !== undefined && { station: station(ofStation) }),
      ...(ofAccount !== undefined && { account: account(ofAccount) }),
    };
    expect(found(name, of)).toBe(expected);
  });

  test('is the first of several that is for the name', () => {
    expect(found('x_day.csv', { station: station('log', 'any', 'day') })).toBe('any');
    expect(found('x_day.csv', { station: station('log', 'day', 'any') })).toBe('day');
  });

  test('is asked of the account where the station is not known', () => {
    expect(found('x.log', { account: account('log') })).toBe('log');
  });
});

describe('a profile that a person assigned', () => {
  test('is taken whatever the names that it is for', () => {
    expect(findAssignedProfile(registry, 'day')).toMatchObject({
      ...{ kind: 'found', profile: { code: 'day' } },
    });
  });

  test('is undefined where nobody assigned one', () => {
    expect(findAssignedProfile(registry, undefined)).toEqual({ kind: 'found', profile: undefined });
  });

  test('is a fault, with its code, where the registry has none of it', () => {
    expect(findAssignedProfile(registry, 'gone')).toEqual({
      ...{ kind: 'unknown', detail: sentence('assigned-profile-unknown@1', 'gone') },
    });
  });
});

describe('isIncluded', () => {
  test.each([
    ['a.txt', undefined, true],
    ['a.txt', ['*.txt'], true],
    ['A.TXT', ['*.txt'], true],
    ['a.txt.bak', ['*.txt'], false],
    ['axtxt', ['*.txt'], false],
    ['HN_1_a.txt', ['x*', 'HN_?_*.txt'], true],
    ['HN_12_a.txt', ['HN_?_*.txt'], false],
    ['Ð1.txt', ['?1.txt'], true],
    ['a+(b)[c].txt', ['a+(b)[c].txt'], true],
  ])('%s of %j: %j', (name, patterns, expected) => {
    expect(isIncluded(name, patterns)).toBe(expected);
  });

  test('many stars cost no more than one pass for each', () => {
    expect(isIncluded('a'.repeat(200), ['*'.repeat(500) + 'b'])).toBe(false);
  });
});
