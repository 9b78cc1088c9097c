import {
  FencedError,
  type DrainBatch,
  type DrainSink,
  type LogPartition,
  type StoredRecord,
} from '../port.ts';

/** A sink with its positions in memory, moved by compare-and-set as a database would. */
export class MemorySink implements DrainSink {
  readonly committed: StoredRecord[] = [];
  readonly rejected: { record: StoredRecord; error: unknown }[] = [];
  readonly batches: DrainBatch[] = [];
  readonly #positions = new Map<string, number>();
  /** What a commit does before its effect: wait, or throw. */
  beforeCommit: (batch: DrainBatch) => void | Promise<void> = () => undefined;

  async position(partition: LogPartition): Promise<number | undefined> {
    return this.#positions.get(nameOf(partition));
  }

  /** As if another owner had come this far. */
  setPosition(partition: LogPartition, position: number): void {
    this.#positions.set(nameOf(partition), position);
  }

  async commit(batch: DrainBatch): Promise<void> {
    await this.beforeCommit(batch);
    this.#move(batch);
    this.batches.push(batch);
    this.committed.push(...batch.records);
  }

  async reject(batch: DrainBatch, error: unknown): Promise<void> {
    this.#move(batch);
    this.batches.push(batch);
    this.rejected.push(...batch.records.map((record) => ({ record, error })));
  }

  #move({ partition, from, to }: DrainBatch): void {
    if ((this.#positions.get(nameOf(partition)) ?? 0) !== from) {
      throw new FencedError(`partition ${nameOf(partition)}`);
    }
    this.#positions.set(nameOf(partition), to);
  }
}

function nameOf({ log, stream, partition }: LogPartition): string {
  return `${log} ${stream}/${partition}`;
}
