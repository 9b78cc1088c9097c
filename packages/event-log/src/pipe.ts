import type { OutgoingRecord, PipeOptions, StoredRecord } from './port.ts';

export interface TransformOptions extends Pick<PipeOptions, 'transform' | 'poison'> {
  /** Throws on outputs that the log cannot take; what it throws makes their record poison. */
  readonly check?: (outputs: readonly OutgoingRecord[]) => void;
}

/** `poison` threw, or gave what the log cannot take: a bug that no repetition cures. */
export class PoisonFailedError extends Error {
  readonly code = 'poison-failed';
  readonly retryable = false;

  constructor(record: StoredRecord, cause: unknown) {
    const place = `${record.stream} ${record.partition}:${record.offset}`;
    super(
      `no output for record ${record.id} (${place}): ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
    this.name = 'PoisonFailedError';
  }
}

/**
 * The outputs of a batch, in the order of its records. Where `transform` throws on the batch it
 * is asked about each record alone, and `poison` about those on which it throws even then: one
 * bad record costs its neighbours nothing.
 */
export function transformBatch(
  records: readonly StoredRecord[],
  options: TransformOptions,
): readonly OutgoingRecord[] {
  try {
    return checked(options.transform(records), options);
  } catch (error) {
    const [only] = records;
    if (records.length === 1 && only !== undefined) return outputsOfPoison(only, error, options);
    return records.flatMap((record) => transformBatch([record], options));
  }
}

function outputsOfPoison(
  record: StoredRecord,
  error: unknown,
  options: TransformOptions,
): readonly OutgoingRecord[] {
  try {
    return checked(options.poison(record, error), options);
  } catch (cause) {
    throw new PoisonFailedError(record, cause);
  }
}

function checked(
  outputs: readonly OutgoingRecord[],
  { check }: TransformOptions,
): readonly OutgoingRecord[] {
  check?.(outputs);
  return outputs;
}

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
  reportUpTo(position: number): void {
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
