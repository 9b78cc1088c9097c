import {
  normalisedFileCodec,
  quarantinedFileCodec,
  stationFileCodec,
  type Registry,
} from '@envigate/contracts';
import { normaliseFile, RegistryView } from '@envigate/domain';
import {
  streams,
  type EventLog,
  type OutgoingRecord,
  type StoredRecord,
} from '@envigate/event-log';
import {
  createPostgresEventLog,
  Database,
  outboxReader,
  recordingStore,
  replayStore,
} from '@envigate/postgres';
import { silentLogger, type Emit } from '@envigate/runtime';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { startRecorder } from '../recorder.ts';
import { startReplays } from '../replays.ts';
import type { events } from '../telemetry.ts';

/** Two whole recorders on one database and its event log, and between them and it what normalises. */
export class RecorderPair {
  /** Files that each of them recorded. */
  readonly recorded: [number, number] = [0, 0];
  readonly #test: TestDatabase;
  readonly #stops: (() => Promise<unknown>)[] = [];
  readonly #view: RegistryView;
  readonly #logs: EventLog[] = [];

  private constructor(test: TestDatabase, registry: Registry) {
    this.#test = test;
    this.#view = new RegistryView(registry);
  }

  static async start(registry: Registry): Promise<RecorderPair> {
    const pair = new RecorderPair(await testDatabase(), registry);
    await pair.#startRecorder(0);
    await pair.#startRecorder(1);
    const normaliser = await pair.log.pipe({
      group: 'normaliser',
      from: streams.files,
      transform: (records) => records.map((record) => pair.#normalise(record)),
      poison: (record) => {
        throw new Error(`record ${record.id} was not understood`);
      },
    });
    pair.#stops.push(() => normaliser.stop());
    return pair;
  }

  get database(): Database {
    return this.#test.database;
  }

  get log(): EventLog {
    const [log] = this.#logs;
    if (log === undefined) throw new Error('no recorder was started');
    return log;
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.reverse()) await stop();
    await this.#test.drop();
  }

  async #startRecorder(place: 0 | 1): Promise<void> {
    const logger = silentLogger();
    const database = new Database({ url: this.#test.url, poolSize: 6, logger });
    this.#stops.push(() => database.close());
    const eventLog = createPostgresEventLog({
      ...{ database, partitions: 4, maxBatchRecords: 500, retentionHours: 24 },
      ...{ sessionTimeoutMs: 2_000, logger },
    });
    this.#logs.push(eventLog);
    this.#stops.push(() => eventLog.close());
    await eventLog.prepare();
    const emit = ((name: string) => {
      if (name === 'file-recorded') this.recorded[place]++;
    }) as unknown as Emit<typeof events>;
    const recorder = await startRecorder({
      ...{ eventLog, emit, maxBatchRecords: 500 },
      registry: { current: () => this.#view },
      store: recordingStore(database),
      clock: () => new Date(),
    });
    this.#stops.push(() => recorder.stop());
    const replays = await startReplays({
      ...{ eventLog, emit, logger, passSeconds: 1 },
      store: replayStore(database),
      outbox: outboxReader(database, streams.files),
    });
    this.#stops.push(() => replays.stop());
  }

  #normalise({ value }: StoredRecord): OutgoingRecord {
    const { message } = normaliseFile(stationFileCodec.decode(value), this.#view);
    const { receptionId: id, account } = message.reception;
    return message.type === 'normalised-file.v2'
      ? {
          ...{ stream: streams.readings, key: message.station, id },
          value: normalisedFileCodec.encode(message),
        }
      : {
          stream: streams.quarantine,
          key: account,
          id,
          value: quarantinedFileCodec.encode(message),
        };
  }
}
