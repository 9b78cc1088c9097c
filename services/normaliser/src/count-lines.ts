import { ruleOf, type NormaliseOutcome } from '@envigate/domain';

export interface LineCount {
  readonly outcome: 'reading' | 'rejected';
  readonly reason: string;
  readonly lines: number;
}

/** Lines of a batch by outcome and reason, so that metrics move once per batch, not once per line. */
export function countLines(outcomes: readonly NormaliseOutcome[]): LineCount[] {
  const readings = new Map<string, number>();
  const rejected = new Map<string, number>();
  for (const { kind, message } of outcomes) {
    if (kind === 'normalised') {
      for (const { reasons } of message.readings) {
        if (reasons.length === 0) increase(readings, 'none');
        // Thresholds differ from station to station; a metric has one series per rule.
        for (const reason of reasons) increase(readings, ruleOf(reason));
      }
    }
    for (const { reason } of message.rejectedLines) increase(rejected, reason);
  }
  return [...toCounts('reading', readings), ...toCounts('rejected', rejected)];
}

function increase(counts: Map<string, number>, reason: string): void {
  counts.set(reason, (counts.get(reason) ?? 0) + 1);
}

function toCounts(outcome: LineCount['outcome'], counts: Map<string, number>): LineCount[] {
  return [...counts].map(([reason, lines]) => ({ outcome, reason, lines }));
}
