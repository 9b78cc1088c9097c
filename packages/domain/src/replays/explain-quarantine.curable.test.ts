import { describe, expect, test } from '@jest/globals';
import type { Profile } from '@envigate/contracts';
import { normaliseFile } from '../normalise/normalise-file.ts';
import { bytes, registryOf, stationFile } from '../testing/station-file.ts';
import { curableReasons, isCuredByProfile, mayBeCured } from './explain-quarantine.ts';

const registryWith = (profiles: readonly Profile[], accountProfiles = profiles) =>
  registryOf({
    parameters: [{ code: 'PH', symbol: 'pH', name: 'pH', nameEn: 'pH', unit: '' }],
    stations: ['S', 'T'].map((code) => ({ code, facility: 'F', name: code, kind: 'waste-water' })),
    accounts: [
      { code: 'a', stations: ['S', 'T'], profiles: accountProfiles.map(({ code }) => code) },
    ],
    profiles: [...profiles],
  });
const profile = (how: Omit<Profile, 'code' | 'name'>): Profile => ({
  ...{ code: 'P', name: 'Thiết bị', ...how },
});
const nameOf = (reason: string) => ({
  ...{ reason, account: 'a', folder: '/', name: 'S_20260325000000.txt' },
});

const long = 'x'.repeat(300);
const faults: readonly (readonly [string, Uint8Array, Profile])[] = [
  [
    'wrong-column-count',
    bytes('7\tpH\t7.2\t\t20260325000000\t00\n'),
    profile({ columns: ['ignored', 'symbol', 'value', 'unit', 'time', 'status'] }),
  ],
  [
    'symbol-missing',
    bytes('\t7.2\t20260325000000\tpH\t00\n'),
    profile({ columns: ['ignored', 'value', 'time', 'symbol', 'status'] }),
  ],
  [
    'symbol-too-long',
    bytes(`${long}\t7.2\tpH\t20260325000000\t00\n`),
    profile({ columns: ['ignored', 'value', 'symbol', 'time', 'status'] }),
  ],
  [
    'cell-too-long',
    bytes(`pH\t7.2\t${long}\t20260325000000\t00\n`),
    profile({ columns: ['symbol', 'value', 'ignored', 'time', 'status'] }),
  ],
  [
    'time-unreadable',
    bytes('pH\t7.2\t00:05\t24/03/2026\t00\n'),
    profile({ columns: ['symbol', 'value', 'timeOfDay', 'date', 'status'] }),
  ],
  [
    'letters-unclear',
    Buffer.from('# déjà\npH\t7.2\t\t20260325000000\t00\n', 'latin1'),
    profile({ encoding: 'windows-1258' }),
  ],
  [
    'not-utf8',
    Buffer.from('pH déjà\t7.2\t\t20260325000000\t00\n', 'latin1'),
    profile({ encoding: 'windows-1258' }),
  ],
];

describe.each(faults)('%s', (reason, content, how) => {
  const file = stationFile({ account: 'a', name: nameOf(reason).name }, content);
  const outcome = (registry: ReturnType<typeof registryWith>) => {
    const { message } = normaliseFile(file, registry);
    const lines = message.rejectedLines.map((line) => line.reason);
    return message.type === 'quarantined-file.v2' ? [message.reason, ...lines] : lines;
  };

  test('is cured by a profile, and by that alone', () => {
    expect(outcome(registryWith([]))).toContain(reason);
    expect(outcome(registryWith([how]))).toEqual([]);
    expect(isCuredByProfile(reason)).toBe(true);
    expect(curableReasons).toContain(reason);
  });

  test('is looked at again where a profile is for such files', () => {
    expect(mayBeCured(nameOf(reason), registryWith([]))).toBe(false);
    expect(mayBeCured(nameOf(reason), registryWith([how], []))).toBe(false);
    expect(mayBeCured(nameOf(reason), registryWith([{ ...how, fileNames: ['T*'] }]))).toBe(false);
    expect(mayBeCured(nameOf(reason), registryWith([how]))).toBe(true);
  });
});

test('every reason that a profile alone cures is one that is looked at', () => {
  expect(curableReasons.filter(isCuredByProfile).sort()).toEqual(
    faults.map(([reason]) => reason).sort(),
  );
});

test('a station that only a profile finds in the name is worth a look', () => {
  const written = { ...nameOf('unknown-station'), name: 'Snam26thang03ngay25.txt' };
  expect(mayBeCured(written, registryWith([]))).toBe(false);
  const how = profile({ nameTime: 'namyythangMMngaydd' });
  expect(mayBeCured(written, registryWith([how]))).toBe(true);
});

test('what its account or a profile still refuses is passed over', () => {
  const of = nameOf('unknown-form');
  expect(mayBeCured(of, registryWith([]))).toBe(true);
  expect(mayBeCured({ ...of, account: 'b' }, registryWith([]))).toBe(false);
  expect(mayBeCured(of, registryWith([profile({ ignore: true })]))).toBe(false);
});
