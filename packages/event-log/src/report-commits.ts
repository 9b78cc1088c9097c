import type { OutgoingRecord, PipeOptions, StoredRecord } from './port.ts';

interface Batch {
  readonly to: number;
  readonly records: readonly StoredRecord[];
  readonly outputs: readonly OutgoingRecord[];
}

/**
 * Calls `onCommitted` of a pipe once for each batch of one partition, also where the outcome of its
 * commit was unknown at first: the position that is found afterwards says whether it happened.
 */
export class CommitReports {
  readonly #onCommitted: NonNullable<PipeOptions['onCommitted']>;
  #pending: Batch | undefined;

  constructor({ onCommitted = () => undefined }: Pick<PipeOptions, 'onCommitted'>) {
    this.#onCommitted = onCommitted;
  }

  /** Before the commit of a batch that moves the position to `to`. */
  begin(to: number, records: readonly StoredRecord[], outputs: readonly OutgoingRecord[]): void {
    this.#pending = { to, records, outputs };
  }

  /** The position is known: after a commit, or when the partition was taken over anew. */
  settle(position: number): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending?.to === position) this.#onCommitted(pending.records, pending.outputs);
  }
}

/** The reports of each partition, which outlast its owners. */
export function reportsByPartition(
  options: Pick<PipeOptions, 'onCommitted'>,
): (partition: number) => CommitReports {
  const reports = new Map<number, CommitReports>();
  return (partition) => {
    let own = reports.get(partition);
    if (own === undefined) reports.set(partition, (own = new CommitReports(options)));
    return own;
  };
}
