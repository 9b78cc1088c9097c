import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { applyInstants, rejudgeGaps, type Gap, type GapSettings } from './gaps.ts';

const minute = 60_000;
const settingsOf = (intervalMinutes: number): GapSettings => ({
  ...{ interval: intervalMinutes * minute, grace: 15 * minute },
});
const instants = fc.uniqueArray(fc.nat(400), { minLength: 1, maxLength: 40 });
const toMs = (minutes: readonly number[]) =>
  minutes.map((at) => at * 5 * minute).sort((a, b) => a - b);

test('gaps judged anew are those of a station that sent what is recorded, at its present interval', () => {
  fc.assert(
    fc.property(
      instants,
      fc.uniqueArray(fc.nat(400), { maxLength: 40 }),
      fc.constantFrom(5, 60),
      fc.constantFrom(5, 60),
      fc.boolean(),
      (heard, recorded, before, after, isOpen) => {
        const [old, left] = [toMs(heard), toMs(recorded)];
        const known = applyInstants(
          undefined,
          { instants: old, receivedAt: 0 },
          settingsOf(before),
        )!;
        const last = old.at(-1)!;
        const open: Gap = { from: last, to: undefined, level: '1h' };
        const timeline = {
          ...known.timeline,
          gaps: [...known.timeline.gaps, ...(isOpen ? [open] : [])],
        };
        const coverage =
          left.length === 0 ? undefined : { first: left[0]!, last: left[left.length - 1]! };
        const now = 5_000 * minute;
        const judged = rejudgeGaps(timeline, { coverage, instants: left, now }, settingsOf(after));

        const fresh = applyInstants(
          undefined,
          { instants: left, receivedAt: 0 },
          settingsOf(after),
        );
        const closed = judged.timeline?.gaps.filter(({ to }) => to !== undefined) ?? [];
        expect(closed).toEqual(fresh?.timeline.gaps ?? []);
        expect(judged.timeline?.gaps.filter(({ to }) => to === undefined) ?? []).toHaveLength(
          isOpen && coverage !== undefined ? 1 : 0,
        );
        // What is reported leads from the gaps that were to those that are.
        const following = new Map(timeline.gaps.map((gap) => [gap.from, gap]));
        for (const change of judged.changes)
          if (change.before) following.delete(change.before.from);
        for (const change of judged.changes)
          if (change.after) following.set(change.after.from, change.after);
        expect([...following.values()].sort((a, b) => a.from - b.from)).toEqual(
          judged.timeline?.gaps ?? [],
        );
      },
    ),
    { numRuns: 500 },
  );
});
