import { describe, expect, test } from '@jest/globals';
import { seededRandom } from '../processes/killer.ts';
import { furthestJumpSeconds, planStorm, stormLengthMs } from './storm-plan.ts';

const options = {
  victims: ['receiver', 'postmaster'],
  ...{ kills: 50, pauseMs: 2_000, fullDisks: 7, clockJumps: 9 },
};
const planOf = (seed: number) => planStorm({ ...options, random: seededRandom(seed) });

describe('the plan of a storm', () => {
  test('is the same for the same seed, and another one for another', () => {
    expect(planOf(5)).toEqual(planOf(5));
    expect(planOf(5)).not.toEqual(planOf(6));
  });

  test('kills each victim as often as asked, in every part of the storm', () => {
    for (const victim of options.victims) {
      const kills = planOf(1).filter((event) => event.kind === 'kill' && event.victim === victim);
      expect(kills.map(({ atMs }) => Math.floor(atMs / options.pauseMs))).toEqual(
        Array.from({ length: options.kills }, (_, part) => part),
      );
    }
  });

  test('is in order of time and as long as its kills', () => {
    const times = planOf(2).map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.at(-1)).toBeLessThan(stormLengthMs(options));
  });

  test('has full disks, and clock jumps to both sides within what files bear', () => {
    const plan = planOf(3);
    expect(plan.filter(({ kind }) => kind === 'fill-disk')).toHaveLength(options.fullDisks);
    const jumps = plan.flatMap((event) =>
      event.kind === 'jump-clock' ? [event.offsetSeconds] : [],
    );
    expect(jumps).toHaveLength(options.clockJumps);
    expect(Math.min(...jumps)).toBeLessThan(0);
    expect(Math.max(...jumps)).toBeGreaterThan(0);
    expect(Math.max(...jumps.map(Math.abs))).toBeLessThanOrEqual(furthestJumpSeconds);
  });
});
