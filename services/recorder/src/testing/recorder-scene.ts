import { createHash } from 'node:crypto';
import {
  normalisedFileCodec,
  quarantinedFileCodec,
  type NormalisedFile,
  type QuarantinedFile,
  type Reading,
  type Reception,
  type Registry,
  type Station,
} from '@envigate/contracts';
import { identityTexts, RegistryView, type ClockResetBounds } from '@envigate/domain';
import {
  streams,
  type DrainBatch,
  type DrainSink,
  type StoredRecord,
  type StreamName,
} from '@envigate/event-log';
import { recordingStore, type Database } from '@envigate/postgres';
import { framed, type Emit } from '@envigate/runtime';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { startRecorder } from '../recorder.ts';
import type { events } from '../telemetry.ts';

export const registry: Registry = {
  facilities: [{ code: 'F1', name: 'Nhà máy', provinceCode: 'LA', agentCode: 'NM' }],
  parameters: [
    { code: 'pH', symbol: 'pH', name: 'pH', nameEn: 'pH', unit: '' },
    { code: 'TSS', symbol: 'TSS', name: 'TSS', nameEn: 'TSS', unit: 'mg/L' },
  ],
  targets: [{ code: 'ministry', kind: 'ftp', url: 'ftp://127.0.0.1/' }],
  stations: [
    { code: 'S1', facility: 'F1', name: 'Trạm 1', kind: 'waste-water', targets: ['ministry'] },
    { code: 'S2', facility: 'F1', name: 'Trạm 2', kind: 'waste-water' },
  ],
  accounts: [{ code: 'A1', stations: ['S1', 'S2'] }],
};

/** The registry with the station S1 as it is after a correction. */
export const withS1 = (change: Partial<Station>, more: Partial<Registry> = {}): Registry => ({
  ...registry,
  ...more,
  stations: registry.stations.map((one) => (one.code === 'S1' ? { ...one, ...change } : one)),
});
/** The lines of a ReplayScene say 17:00 and on, which is 10:00 UTC by +07:00. */
export const onUtc = withS1({ utcOffsetMinutes: 0 });

export type Message = NormalisedFile | QuarantinedFile;

/** A recorder whose batches are made by hand, on a database of its own. */
export class RecorderScene {
  readonly happened: { name: string; payload: Record<string, unknown> }[] = [];
  readonly #test: TestDatabase;
  readonly #offsets = new Map<StreamName, number>();
  /** Identity of the event log that the batches come from. */
  log = 'log';
  /** When files are held for their clock; undefined: never. */
  clockReset: ClockResetBounds | undefined;
  /** What the recorder plans deliveries by. */
  view = new RegistryView(registry);
  /** Hears of each batch that was recorded, as a consumer of the same stream would take it. */
  onCommitted: ((batch: DrainBatch) => void) | undefined;

  private constructor(test: TestDatabase) {
    this.#test = test;
  }

  static async create(): Promise<RecorderScene> {
    return new RecorderScene(await testDatabase());
  }

  get database(): Database {
    return this.#test.database;
  }

  get databaseUrl(): string {
    return this.#test.url;
  }

  close(): Promise<void> {
    return this.#test.drop();
  }

  /** The sinks of a freshly started recorder, as the event log would hold them. */
  async sinks(): Promise<ReadonlyMap<StreamName, DrainSink>> {
    const sinks = new Map<StreamName, DrainSink>();
    await startRecorder({
      eventLog: {
        async drain({ from, sink }) {
          sinks.set(from, sink);
          return { failed: new Promise<never>(() => undefined), stop: async () => undefined };
        },
      },
      registry: { current: () => this.view },
      store: recordingStore(this.database),
      clock: () => new Date('2026-01-01T12:00:00Z'),
      emit: ((name: string, payload: Record<string, unknown>) =>
        this.happened.push({ name, payload })) as unknown as Emit<typeof events>,
      maxBatchRecords: 500,
      clockReset: this.clockReset,
    });
    return sinks;
  }

  /** The next batch of the stream of its messages. Only commit moves the scene on. */
  batch(...messages: readonly (Message | Uint8Array)[]): DrainBatch {
    const isQuarantine = messages.some(
      (message) => 'type' in message && message.type === 'quarantined-file.v2',
    );
    const stream = isQuarantine ? streams.quarantine : streams.readings;
    const from = this.#offsets.get(stream) ?? 0;
    const partition = { log: this.log, stream, partition: 0 };
    const records = messages.map((message, i): StoredRecord => {
      const value = encode(message);
      return { ...partition, key: 'k', id: `${stream}-${from + i}`, offset: from + i, value };
    });
    return { partition, records, from, to: from + records.length };
  }

  /** Commits messages of one stream as one batch. */
  async record(...messages: readonly Message[]): Promise<void> {
    await this.commit(this.batch(...messages));
  }

  async commit(batch: DrainBatch): Promise<void> {
    const sink = (await this.sinks()).get(batch.partition.stream);
    await sink?.commit(batch);
    this.passed(batch);
    this.onCommitted?.(batch);
  }

  /** The next batch follows this one. */
  passed(batch: DrainBatch): void {
    this.#offsets.set(batch.partition.stream, batch.to);
  }

  /** The next batches are the first ones of their log. */
  begin(): void {
    this.#offsets.clear();
  }

  async outcomes(): Promise<readonly Record<string, unknown>[]> {
    return this.database.query(
      `SELECT spool_sequence AS seq, outcome, new_readings AS new, corrections, repeats
       FROM receptions ORDER BY spool_sequence`,
    );
  }

  /** `station parameter minute` → value, revision. */
  async readings(table: 'readings' | 'reading_revisions' = 'readings'): Promise<readonly string[]> {
    const rows = await this.database.query<{ text: string }>(
      `SELECT format('%s %s %s: %s rev %s from %s line %s', station, parameter,
                     to_char(instant, 'HH24:MI'), coalesce(value::text, 'null'), revision, files.name, line) AS text
       FROM ${table} JOIN station_keys USING (station_id) JOIN parameter_keys USING (parameter_id)
       JOIN files USING (file_no)
       ORDER BY station, parameter, instant, revision`,
    );
    return rows.map(({ text }) => text);
  }
}

function encode(message: Message | Uint8Array): Uint8Array {
  if (!('type' in message)) return message;
  return message.type === 'normalised-file.v2'
    ? normalisedFileCodec.encode(message)
    : quarantinedFileCodec.encode(message);
}

let sequence = 0;

/** A new reception; the same folder, name and text is the same file. */
export function reception(name: string, content: Buffer, folder = '/2026/01'): Reception {
  sequence += 1;
  const account = 'A1';
  return {
    receptionId: String(sequence).padStart(26, '0'),
    spoolId: 'spool-1',
    spoolSequence: sequence,
    receivedAt: '2026-01-01T11:59:58.500Z',
    protocol: 'ftp',
    peer: '10.0.0.1',
    account,
    folder,
    name,
    size: content.length,
    contentHash: sha256(content),
    fileId: sha256(framed(identityTexts({ account, folder, name })), content),
  };
}

/** `lines`: 'parameter minute value' each, e.g. 'pH 5 7.1'. A third value `-` is unreadable. */
export function normalised(
  name: string,
  lines: readonly string[],
  more: Partial<NormalisedFile> = {},
): NormalisedFile {
  const content = Buffer.from(lines.join('\r\n'));
  return {
    type: 'normalised-file.v2',
    reception: reception(name, content),
    content,
    station: 'S1',
    readings: lines.map((line, i) => readingOf(line, i + 1)),
    rejectedLines: [],
    warnings: [],
    ...more,
  };
}

export function quarantined(name: string, text: string): QuarantinedFile {
  const content = Buffer.from(text);
  return {
    type: 'quarantined-file.v2',
    reception: reception(name, content),
    content,
    reason: 'unknown-station',
    detail: `no station for '${name}'`,
    rejectedLines: [],
  };
}

/** The same file, received once more. */
export function resent<M extends Message>(message: M): M {
  const content = Buffer.from(message.content);
  return { ...message, reception: reception(message.reception.name, content) };
}

function readingOf(line: string, number: number): Reading {
  const [parameter = '', minute = '', text = '', status = '00'] = line.split(' ');
  const value = text === '-' ? null : Number(text);
  const instant = new Date(Date.UTC(2026, 0, 1, 10, Number(minute))).toISOString();
  const unit = parameter === 'TSS' ? 'mg/L' : '';
  return {
    ...{ parameter, instant, value, unit, rawValue: text, rawUnit: unit, status },
    ...{ flag: value === null ? 9 : 1, reasons: value === null ? ['no-number'] : [], line: number },
  };
}

function sha256(...parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
