import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  consequencesOf,
  planJointSilences,
  type HeardStationNow,
  type JointPlan,
  type LastingJointSilence,
} from './joint-silences.ts';

const minute = 60_000;
const policy = {
  ...{ share: 0.5, stations: 5, facilities: 2 },
  ...{ windowMs: 30 * minute, afterMs: 60 * minute },
};
const now = 500 * minute;

/** Silent since a minute, of a facility of its own, in province BD unless said otherwise. */
function silent(
  station: string,
  since: number,
  more: Partial<HeardStationNow> = {},
): HeardStationNow {
  return {
    ...{ station, facility: `of ${station}`, scopes: [{ kind: 'province', code: 'BD' }] },
    ...{ last: since * minute, intervalMs: 5 * minute, thresholdMs: 20 * minute },
    ...{ openOutMs: 0, wasMember: false, ...more },
  };
}
const sending = (station: string, more: Partial<HeardStationNow> = {}): HeardStationNow =>
  silent(station, 499, { openOutMs: undefined, ...more });

const many = (count: number, of: (i: number) => HeardStationNow) =>
  Array.from({ length: count }, (_, i) => of(i));

/** `province BD: S0 S1 …`; `+1: S9`; `end 1`. */
function planned(stations: readonly HeardStationNow[], lasting: LastingJointSilence[] = []) {
  const { begun, joined, ended } = planJointSilences(stations, lasting, policy, now);
  const codes = (members: readonly { station: string }[]) =>
    members.map(({ station }) => station).sort();
  return [
    ...begun.map(({ scope, members }) =>
      [`${scope.kind} ${scope.code}:`, ...codes(members)].join(' '),
    ),
    ...joined.map(({ jointId, members }) => [`+${jointId}:`, ...codes(members)].join(' ')),
    ...ended.map((jointId) => `end ${jointId}`),
  ];
}

describe('a joint silence', () => {
  test('begins where enough stations of several facilities stop within the window', () => {
    expect(planned(many(5, (i) => silent(`S${i}`, 400 + 5 * i)))).toEqual([
      'province BD: S0 S1 S2 S3 S4',
    ]);
  });

  test.each([
    ['too few', many(4, (i) => silent(`S${i}`, 400))],
    ['one facility', many(9, (i) => silent(`S${i}`, 400, { facility: 'F' }))],
    ['one after the other', many(5, (i) => silent(`S${i}`, 200 + 40 * i))],
    ['too short', many(5, (i) => silent(`S${i}`, 445))],
    [
      'as what counts is too short',
      many(5, (i) => silent(`S${i}`, 400, { openOutMs: 45 * minute })),
    ],
    [
      'most of the others send',
      [...many(5, (i) => silent(`S${i}`, 400)), ...many(6, (i) => sending(`T${i}`))],
    ],
    [
      'of different provinces',
      many(8, (i) => silent(`S${i}`, 400, { scopes: [{ kind: 'province', code: `P${i % 2}` }] })),
    ],
    ['that were one before', many(5, (i) => silent(`S${i}`, 400, { wasMember: true }))],
  ])('does not: %s', (_, stations) => {
    expect(planned(stations)).toEqual([]);
  });

  test('stations that were silent before say nothing about what happened', () => {
    const before = many(20, (i) => silent(`T${i}`, 100 + i, { wasMember: true }));
    expect(planned([...many(5, (i) => silent(`S${i}`, 400)), ...before])).toEqual([
      'province BD: S0 S1 S2 S3 S4',
    ]);
  });

  test('a station that sends every hour stopped between its last data and the next', () => {
    const hourly = silent('H', 350, { intervalMs: 60 * minute, thresholdMs: 75 * minute });
    expect(planned([...many(4, (i) => silent(`S${i}`, 405)), hourly])).toEqual([
      'province BD: H S0 S1 S2 S3',
    ]);
  });

  test('is of what the silent stations have in common: of several the largest, of equal ones the widest', () => {
    const scopes = (door: string, account: string): Partial<HeardStationNow> => ({
      scopes: [
        { kind: 'account', code: account },
        { kind: 'door', code: door },
        { kind: 'province', code: 'BD' },
      ],
    });
    const ftp = many(6, (i) => silent(`S${i}`, 400, scopes('ftp', i < 5 ? 'A' : 'B')));
    const sftp = many(7, (i) => sending(`T${i}`, scopes('sftp', 'C')));
    expect(planned([...ftp, ...sftp])).toEqual(['door ftp: S0 S1 S2 S3 S4 S5']);
    expect(planned(ftp)).toEqual(['province BD: S0 S1 S2 S3 S4 S5']);
  });

  const lasting = (members: readonly HeardStationNow[]): LastingJointSilence => ({
    ...{ jointId: 1, scope: { kind: 'province', code: 'BD' } },
    ...{ from: 400 * minute, lastFrom: 410 * minute },
    members: members.map(({ station, last }) => ({ station, from: last })),
  });

  test('lasts while more than half of its stations are silent', () => {
    const members = many(6, (i) => silent(`S${i}`, 400));
    const back = (count: number) =>
      members.map((one, i) => (i < count ? sending(one.station) : one));
    expect(planned(back(2), [lasting(members)])).toEqual([]);
    expect(planned(back(3), [lasting(members)])).toEqual(['end 1']);
  });

  test('takes in who fell silent about then, and nobody else', () => {
    const members = many(5, (i) => silent(`S${i}`, 400));
    const more = [silent('NEAR', 435), silent('LATER', 445), silent('OTHER', 405, { scopes: [] })];
    expect(planned([...members, ...more], [lasting(members)])).toEqual(['+1: NEAR']);
  });

  test('asked again with its answer noted, there is nothing new', () => {
    const station = fc.record({
      since: fc.integer({ min: 300, max: 480 }),
      facility: fc.constantFrom('F1', 'F2', 'F3'),
      scopes: fc.subarray([
        { kind: 'province', code: 'BD' } as const,
        { kind: 'door', code: 'ftp' } as const,
        { kind: 'account', code: 'A' } as const,
      ]),
      isOpen: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(station, { maxLength: 40 }), (given) => {
        const stations = given.map(({ since, facility, scopes, isOpen }, i) =>
          silent(`S${i}`, since, { facility, scopes, openOutMs: isOpen ? 0 : undefined }),
        );
        const noted = note([], planJointSilences(stations, [], policy, now));
        // Whom a silence takes in when it is looked at again is in it then.
        const again = note(noted, planJointSilences(stations, noted, policy, now));
        const plan = planJointSilences(stations, again, policy, now);
        expect({ ...plan, begun: plan.begun.length }).toEqual({ begun: 0, joined: [], ended: [] });
        for (const { members, scope } of again) {
          const of = stations.filter(({ station: code }) =>
            members.some((m) => m.station === code),
          );
          expect(of.length).toBeGreaterThanOrEqual(policy.stations);
          expect(new Set(of.map(({ facility }) => facility)).size).toBeGreaterThan(1);
          expect(of.every(({ scopes }) => scopes.some(({ kind }) => kind === scope.kind))).toBe(
            true,
          );
        }
        const all = again.flatMap(({ members }) => members.map((m) => m.station));
        expect(new Set(all).size).toBe(all.length);
      }),
    );
  });
});

function note(before: readonly LastingJointSilence[], plan: JointPlan): LastingJointSilence[] {
  const joined = (jointId: number) => plan.joined.filter((one) => one.jointId === jointId);
  return [
    ...before.map((one) => ({
      ...one,
      members: [...one.members, ...joined(one.jointId).flatMap(({ members }) => members)],
    })),
    ...plan.begun.map((one, i) => ({ jointId: before.length + i + 1, ...one })),
  ];
}

describe('what follows from a joint silence', () => {
  const member = { station: 'S1', from: 10, jointId: 3, to: 90 };

  test('undecided, its time is in doubt', () => {
    expect(consequencesOf([{ ...member, verdict: undefined }], [])).toEqual({
      doubts: [{ jointId: 3, from: 10, to: 90 }],
      notHeard: [],
    });
  });

  test('ours, it is an outage of our own, as is a gap that was decided alone', () => {
    const decided = [{ decisionId: 8, from: 200, to: 300 }];
    expect(consequencesOf([{ ...member, to: undefined, verdict: 'ours' }], decided)).toEqual({
      doubts: [],
      notHeard: [
        { id: 'joint-3', from: 10, to: undefined },
        { id: 'decision-8', from: 200, to: 300 },
      ],
    });
  });

  test('theirs, it counts like any other', () => {
    expect(consequencesOf([{ ...member, verdict: 'theirs' }], [])).toEqual({
      doubts: [],
      notHeard: [],
    });
  });
});
