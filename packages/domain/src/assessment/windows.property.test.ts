import { assessReadings, diffVerdicts, type Verdict } from './assess-readings.ts';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Rule } from '@envigate/contracts';
import type { RegistryView } from '../registry/registry-view.ts';
import type { AssessableReading } from './stretches.ts';
import { reachAt, spanToJudge, spanToRead, type Span } from './rules-of-station.ts';
import { at, readingAt, viewWith } from './testing/scene.ts';

// The assessor looks at pieces of the record, in whatever order data come. Whatever the pieces, the
// outcome must be that of looking at everything at once.

const minutes = fc.integer({ min: 1, max: 25 });
const limits = { minutes, readings: fc.integer({ min: 2, max: 4 }) };
const gap = { maxGapMinutes: fc.integer({ min: 2, max: 20 }) };
const head = <K extends Rule['kind']>(kind: K) => ({
  code: fc.constant<string>(kind),
  version: fc.constant(1),
  kind: fc.constant(kind),
});
const rules: fc.Arbitrary<readonly Rule[]> = fc
  .tuple(
    fc.record({
      ...{ ...head('flat-line'), ...limits, ...gap },
      cycles: fc.integer({ min: 1, max: 3 }),
      tolerance: fc.constantFrom(0, 0.5, 1),
      exemptZero: fc.boolean(),
    }),
    fc.record({ ...head('spike'), ...gap, suspectAbove: fc.constantFrom(0.5, 1, 2) }),
    fc.record({ ...head('rate-of-change'), ...gap, perMinute: fc.constantFrom(0.1, 0.5, 1) }),
    fc.record({
      ...{ ...head('saturation'), ...limits, ...gap },
      marginPercent: fc.constantFrom(0, 25),
    }),
    fc.constant<Rule>({
      ...{ code: 'nox', version: 1, kind: 'dependent-parameters', whole: 'NOX' },
      parts: [{ parameter: 'COD' }],
    }),
  )
  // Often alone: among others, one with a longer reach would cover for one with too short a one.
  .chain((all) =>
    fc.oneof(
      fc.constantFrom(...all).map((rule) => [rule]),
      fc.constant(all),
    ),
  );

const view = fc
  .tuple(rules, fc.constantFrom(undefined, 3, 10))
  .map(([some, cycleMinutes]): RegistryView =>
    viewWith(some, {
      intervalMinutes: 1,
      parameters: [
        { parameter: 'COD', max: 4, ...(cycleMinutes !== undefined && { cycleMinutes }) },
        { parameter: 'NOX', max: 4 },
      ],
    }),
  );

const reading = fc
  .record({
    minute: fc.integer({ min: 0, max: 120 }),
    parameter: fc.constantFrom('COD', 'NOX'),
    // Few values, so that a value is often followed by an equal one.
    value: fc.constantFrom(0, 1, 1, 1, 1.5, 2, 4, 4),
    kind: fc.constantFrom('value', 'value', 'value', 'value', 'missing', 'calibrating'),
  })
  .map(({ minute, parameter, value, kind }): AssessableReading => {
    const plain = readingAt(minute, value, parameter);
    if (kind === 'missing') return { ...plain, value: null, flag: 9, reasons: ['missing@2'] };
    return kind === 'value' ? plain : { ...plain, flag: 2, reasons: ['status-calibrating@1'] };
  });
const place = ({ parameter, instant }: AssessableReading): string => `${parameter} ${instant}`;
const record = fc.uniqueArray(reading, { selector: place, minLength: 20, maxLength: 160 });

const within =
  ({ from, to }: Span) =>
  ({ instant }: { readonly instant: number }) =>
    instant >= from && instant <= to;

/** As the assessor does: reads what the span needs, judges, keeps what lies in the span. */
function judgeSpan(
  some: RegistryView,
  readings: readonly AssessableReading[],
  touched: Span,
): { readonly judged: Span; readonly verdicts: readonly Verdict[] } {
  const reach = reachAt(some, 'S');
  const judged = spanToJudge(touched, reach);
  const seen = readings.filter(within(spanToRead(judged, reach)));
  return { judged, verdicts: assessReadings(some, 'S', seen).filter(within(judged)) };
}

test('verdicts do not depend on the order of arrival', () => {
  fc.assert(
    fc.property(view, record, fc.gen(), (some, readings, gen) => {
      const size = { minLength: readings.length, maxLength: readings.length };
      const shuffled = gen(fc.shuffledSubarray, readings, size);
      expect(assessReadings(some, 'S', shuffled)).toEqual(assessReadings(some, 'S', readings));
    }),
  );
});

test('a span judged with what lies in reach is judged as in the whole', () => {
  fc.assert(
    fc.property(view, record, fc.integer({ min: 0, max: 120 }), (some, readings, minute) => {
      const { judged, verdicts } = judgeSpan(some, readings, { from: at(minute), to: at(minute) });
      expect(verdicts).toEqual(assessReadings(some, 'S', readings).filter(within(judged)));
    }),
    { numRuns: 1_500 },
  );
});

test('the end of a run is judged by what began beyond the limit', () => {
  const rule: Rule = {
    ...{ code: 'flat', version: 1, kind: 'flat-line', minutes: 15 },
    ...{ readings: 2, maxGapMinutes: 10 },
  };
  const some = viewWith([rule]);
  const run = Array.from({ length: 11 }, (_, i) => readingAt(10 * i, 1));
  const edges = run.filter(({ instant }) => {
    const reach = reachAt(some, 'S');
    const own = { from: instant, to: instant };
    const seen = run.filter(within(spanToRead(own, reach)));
    return assessReadings(some, 'S', seen).some(within(own));
  });
  expect(edges).toEqual(run);
});

test('data in any batches, each with its span judged again, end in the verdicts of the whole', () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(view, record, cuts, (some, readings, sizes) => {
      const waiting = [...readings];
      const come: AssessableReading[] = [];
      let kept: readonly Verdict[] = [];
      for (let i = 0; waiting.length > 0; i++) {
        const batch = waiting.splice(0, sizes[i % sizes.length]);
        come.push(...batch);
        const instants = batch.map(({ instant }) => instant);
        const touched = { from: Math.min(...instants), to: Math.max(...instants) };
        // Twice: judging again changes nothing.
        for (const _ of ['once', 'again']) {
          const { judged, verdicts } = judgeSpan(some, come, touched);
          kept = [...kept.filter((verdict) => !within(judged)(verdict)), ...verdicts];
        }
      }
      expect(diffVerdicts(kept, assessReadings(some, 'S', readings))).toEqual([]);
      expect(kept).toHaveLength(assessReadings(some, 'S', readings).length);
    }),
    { numRuns: 500 },
  );
});
