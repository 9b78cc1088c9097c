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

  /** What the pipe makes of everything added so far. */
  run(): readonly OutgoingRecord[] {
    const options = this.#options;
    if (options === undefined) throw new Error('nothing pipes');
    const records = this.#records.splice(0).filter(({ stream }) => stream === options.from);
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
