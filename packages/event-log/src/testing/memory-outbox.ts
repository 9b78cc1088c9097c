import { randomUUID } from 'node:crypto';
import type { OutgoingRecord } from '../port.ts';
import type { OutboxReader, OutboxRecord } from '../relay.ts';

const usualLeaseMs = 5_000;

/** An outbox in memory, as the database has it: rows are numbered when they are read, and gone when forgotten. */
export class MemoryOutbox {
  #rows: { readonly record: OutgoingRecord; sequence?: number }[] = [];
  #lastSequence = 0;
  #holder: string | undefined;
  #leaseEndsAt = -Infinity;

  write(...records: readonly OutgoingRecord[]): void {
    this.#rows.push(...records.map((record) => ({ record })));
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  /** As if the holder had been silent for longer than its lease. */
  expireClaim(): void {
    this.#leaseEndsAt = -Infinity;
  }

  reader(leaseMs = usualLeaseMs): OutboxReader {
    const reader = randomUUID();
    return {
      claim: async () => {
        const now = performance.now();
        if (this.#holder !== reader && now < this.#leaseEndsAt) return false;
        this.#holder = reader;
        this.#leaseEndsAt = now + leaseMs;
        return true;
      },
      read: async (position, limit) => {
        this.#lastSequence = Math.max(this.#lastSequence, position);
        for (const row of this.#rows) row.sequence ??= ++this.#lastSequence;
        return this.#rows
          .filter((row): row is OutboxRecord => (row.sequence ?? 0) > position)
          .slice(0, limit);
      },
      forget: async (position) => {
        this.#rows = this.#rows.filter(({ sequence = Infinity }) => sequence > position);
      },
      release: async () => {
        if (this.#holder === reader) this.#leaseEndsAt = -Infinity;
      },
    };
  }
}
