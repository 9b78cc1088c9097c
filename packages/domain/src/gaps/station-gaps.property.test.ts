import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { allData } from './gap-rules.ts';
import { GapHistory } from './testing/gap-history.ts';
import { histories, type HistoryStep } from './testing/random-history.ts';

const isAboutCauses = ({ kind }: HistoryStep): boolean => kind === 'doubt' || kind === 'outage';

/** `make test-long` takes 20,000. */
const numRuns = Number(process.env.ENVIGATE_TEST_GAP_HISTORIES ?? 400);

test(
  'after every arrival, correction and look the gaps are those of the definition',
  () => {
    fc.assert(
      fc.property(histories, ({ startsAt, steps }) => {
        const history = new GapHistory(startsAt);
        for (const step of steps) {
          history.take(step);
          const { stored, reported, right } = history.compared();
          expect(stored).toEqual(right);
          expect(reported).toEqual(right);
          expect(history.repeated()).toBe(0);
          for (const { key, level, isMarked, right: gap } of history.openGaps()) {
            const { net = -1, isProbablyOurs } = gap ?? {};
            // The level of a silent station rises with a look; a file without any reading is not one.
            const isJudged = key !== allData.key || step.kind === 'look';
            if (isJudged && net >= 60)
              expect({ key, net, level }).not.toMatchObject({ level: '15min' });
            // A mark goes once less than half may be ours. When the cause is known otherwise, it is right at once.
            if (isJudged && isMarked)
              expect({ key, isProbablyOurs }).toMatchObject({ isProbablyOurs: true });
            if (isAboutCauses(step))
              expect({ key, isMarked }).toEqual({ key, isMarked: isProbablyOurs });
          }
        }
      }),
      { numRuns },
    );
  },
  numRuns * 100 + 60_000,
);
