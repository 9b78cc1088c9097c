import fc from 'fast-check';
import type { Attribution } from '../joint-silences.ts';
import type { OracleStop } from './gap-oracle.ts';

export const parameters = ['pH', 'TSS', 'TN'] as const;
/** Minutes. */
export const end = 480;

/** One thing that happens; all times are minutes. */
export type HistoryStep =
  | { readonly kind: 'file'; readonly rows: readonly HistoryRow[] }
  | { readonly kind: 'batch'; readonly files: readonly (readonly HistoryRow[])[] }
  | { readonly kind: 'look'; readonly after: number }
  /** Judged in so many parts, the last one first where it is backward. */
  | {
      readonly kind: 'withdraw';
      readonly from: number;
      readonly to: number;
      readonly parts: number;
      readonly isBackward: boolean;
    }
  | { readonly kind: 'stop'; readonly stop: OracleStop }
  | { readonly kind: 'outage'; readonly outage: { readonly from: number; readonly to: number } }
  | { readonly kind: 'doubt'; readonly doubt: { readonly from: number; readonly to: number } }
  | { readonly kind: 'decide'; readonly verdict: Attribution }
  | { readonly kind: 'forgive' }
  | { readonly kind: 'interval'; readonly from: number | undefined; readonly minutes: number }
  | { readonly kind: 'cycle'; readonly minutes: number }
  | { readonly kind: 'start'; readonly at: number | undefined };

/** A time of a file: of each parameter a valid value, an invalid one, or nothing. */
export interface HistoryRow {
  readonly at: number;
  readonly values: readonly ('valid' | 'invalid' | 'absent')[];
}

const values = fc.oneof(
  { weight: 6, arbitrary: fc.constant(['valid', 'valid', 'valid'] as const) },
  { weight: 2, arbitrary: fc.constant(['valid', 'invalid', 'absent'] as const) },
  {
    weight: 2,
    arbitrary: fc.array(fc.constantFrom('valid', 'invalid', 'absent'), {
      minLength: 3,
      maxLength: 3,
    }),
  },
);
/** Mostly on the five minutes, now and then beside them. */
const instant = fc.oneof(
  { weight: 5, arbitrary: fc.nat(end / 5).map((at) => at * 5) },
  { weight: 1, arbitrary: fc.nat(end) },
);
const row: fc.Arbitrary<HistoryRow> = fc.record({ at: instant, values });
const rows = fc.oneof(
  fc.array(row, { minLength: 1, maxLength: 3 }),
  // A run of files, as a backlog brings them.
  fc
    .tuple(fc.nat(end / 5), fc.integer({ min: 2, max: 12 }), values)
    .map(([at, count, of]) =>
      Array.from({ length: count }, (_, i) => ({ at: Math.min((at + i) * 5, end), values: of })),
    ),
);
const part = fc
  .tuple(fc.nat(end), fc.integer({ min: 1, max: 200 }))
  .map(([from, length]) => ({ from, to: from + length }));

const step: fc.Arbitrary<HistoryStep> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('file' as const), rows }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('batch' as const),
      files: fc.array(rows, { minLength: 2, maxLength: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('look' as const), after: fc.nat(120) }),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(part, fc.integer({ min: 1, max: 4 }), fc.boolean())
      .map(([of, parts, isBackward]) => ({ kind: 'withdraw' as const, ...of, parts, isBackward })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(part, fc.option(fc.subarray([...parameters], { minLength: 1 }), { nil: undefined }))
      .map(([of, some]) => ({ kind: 'stop' as const, stop: { ...of, parameters: some } })),
  },
  { weight: 1, arbitrary: part.map((outage) => ({ kind: 'outage' as const, outage })) },
  { weight: 2, arbitrary: part.map((doubt) => ({ kind: 'doubt' as const, doubt })) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('decide' as const),
      verdict: fc.constantFrom('ours' as const, 'theirs' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'forgive' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('interval' as const),
      from: fc.option(fc.nat(end), { nil: undefined }),
      minutes: fc.constantFrom(5, 10, 30, 60),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('start' as const),
      at: fc.option(fc.nat(300), { nil: undefined }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('cycle' as const),
      minutes: fc.constantFrom(0, 30, 60),
    }),
  },
);

export const histories = fc.record({
  startsAt: fc.option(fc.nat(200), { nil: undefined }),
  steps: fc.array(step, { minLength: 1, maxLength: 14 }),
});
