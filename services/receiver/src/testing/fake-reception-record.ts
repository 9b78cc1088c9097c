import type { ReceptionRecord, SequenceRange } from '@envigate/domain';

/** What the record has, as the test says. */
export class FakeReceptionRecord implements ReceptionRecord {
  readonly recorded = new Set<number>();
  /** Awaited before each answer; what it throws is the answer's error. */
  beforeAnswer: () => Promise<void> = () => Promise.resolve();

  async missing(_spoolId: string, from: number, to: number): Promise<readonly SequenceRange[]> {
    await this.beforeAnswer();
    const ranges: { from: number; to: number }[] = [];
    for (let sequence = from; sequence <= to; sequence++) {
      if (this.recorded.has(sequence)) continue;
      const last = ranges.at(-1);
      if (last?.to === sequence - 1) last.to = sequence;
      else ranges.push({ from: sequence, to: sequence });
    }
    return ranges;
  }

  async last(): Promise<number> {
    await this.beforeAnswer();
    return Math.max(0, ...this.recorded);
  }
}
