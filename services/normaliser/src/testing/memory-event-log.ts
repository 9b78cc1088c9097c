import type {
  EventLog,
  OutgoingRecord,
  PipeOptions,
  Running,
  StoredRecord,
  StreamName,
} from '@envigate/event-log';

/**
 * The event log as the normaliser sees it: records go in, the pipe is run by hand. Batches that
 * throw are tried again record by record, as every adapter does.
 */
export class MemoryEventLog implements Pick<EventLog, 'pipe'> {
  readonly #records: StoredRecord[] = [];
  #options: PipeOptions | undefined;
  stopped = false;

  get piped(): PipeOptions | undefined {
    return this.#options;
  }

  add(stream: StreamName, record: Omit<OutgoingRecord, 'stream'>): void {
    this.#records.push({ stream, ...record, partition: 0, offset: this.#records.length });
  }

  pipe(options: PipeOptions): Promise<Running> {
    this.#options = options;
    return Promise.resolve({
      failed: new Promise<never>(() => undefined),
      stop: () => {
        this.stopped = true;
        return Promise.resolve();
      },
    });
  }

  /** What the pipe makes of everything added so far, committed. */
  run(): readonly OutgoingRecord[] {
    const options = this.#options;
    const records = this.#records.filter(({ stream }) => stream === options?.from);
    const outputs = this.runInVain();
    options?.onCommitted?.(records, outputs);
    this.#records.length = 0;
    return outputs;
  }

  /** The same, and the commit fails: everything is there to be taken again. */
  runInVain(): readonly OutgoingRecord[] {
    const options = this.#options;
    if (options === undefined) throw new Error('nothing pipes');
    const records = this.#records.filter(({ stream }) => stream === options.from);
    try {
      return options.transform(records);
    } catch {
      return records.flatMap((record) => {
        try {
          return options.transform([record]);
        } catch (error) {
          return options.poison(record, error);
        }
      });
    }
  }
}
