import {
  gapEventCodec,
  normalisedFileCodec,
  type GapEvent,
  type NormalisedFile,
  type Registry,
} from '@envigate/contracts';
import { RegistryView } from '@envigate/domain';
import {
  streams,
  type DrainBatch,
  type Feed,
  type OutgoingRecord,
  type StoredRecord,
  type StreamName,
} from '@envigate/event-log';
import { MemoryEventLog, MemoryStreams } from '@envigate/event-log/memory-event-log';
import { gapStore, outboxReader, readNotTheStations, type Database } from '@envigate/postgres';
import type { Emit } from '@envigate/runtime';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import { hearArrivals } from '../hear-arrivals.ts';
import type { JudgeParts } from '../judge-anew.ts';
import { lookForSilentStations, type SilenceParts } from '../look-for-silence.ts';
import type { events } from '../telemetry.ts';

export const registry: Registry = {
  facilities: [{ code: 'F1', name: 'Nhà máy' }],
  parameters: [],
  targets: [],
  stations: [
    { code: 'S1', facility: 'F1', name: 'Trạm 1', kind: 'waste-water' },
    { code: 'S2', facility: 'F1', name: 'Trạm 2', kind: 'waste-water' },
    {
      ...{ code: 'P1', facility: 'F1', name: 'Trạm 4', kind: 'waste-water' as const },
      parameters: [
        { parameter: 'pH' },
        { parameter: 'TSS' },
        { parameter: 'TN', cycleMinutes: 60 },
      ],
    },
    { code: 'HOURLY', facility: 'F1', name: 'Trạm 3', kind: 'stack-gas', intervalMinutes: 60 },
  ],
  accounts: [],
};

export const start = Date.UTC(2026, 0, 1);
const minute = 60_000;

/** ISO instant of a minute of the scene. */
export const at = (minutes: number): string => new Date(start + minutes * minute).toISOString();

/** A detector whose batches, clock and ways are in the hands of the test, on a database of its own. */
export class GapScene {
  /** Minutes since the start. */
  now = 0;
  readonly log = new MemoryEventLog(new MemoryStreams({ partitions: 1 }));
  readonly happened: { name: string; payload: Record<string, unknown> }[] = [];
  readonly parts: SilenceParts & JudgeParts;
  /** What the detector judges by. */
  registry = registry;
  readonly #test: TestDatabase;
  #feed: Feed | undefined;
  #position = 0;

  private constructor(test: TestDatabase) {
    this.#test = test;
    const current = { current: () => new RegistryView(this.registry) };
    this.parts = {
      registry: current,
      store: gapStore(test.database, readNotTheStations(current)),
      clock: () => new Date(start + this.now * minute),
      emit: ((name: string, payload: Record<string, unknown>) =>
        this.happened.push({ name, payload })) as unknown as Emit<typeof events>,
      graceMinutes: 15,
      jointSilence: {
        ...{ share: 0.5, stations: 5, facilities: 2 },
        ...{ windowMs: 30 * minute, afterMs: 60 * minute },
      },
      upstreamGroup: 'normaliser',
      recorderGroup: 'recorder',
      pauseMs: 20 * minute,
      eventLog: this.log,
    };
  }

  static async create(): Promise<GapScene> {
    return new GapScene(await testDatabase());
  }

  get database(): Database {
    return this.#test.database;
  }

  killBackends(): Promise<number> {
    return this.#test.killBackends();
  }

  close(): Promise<void> {
    return this.#test.drop();
  }

  /** On the way to the detector: on a stream, in one batch, and not taken yet. */
  async publish(stream: StreamName, ...values: readonly Uint8Array[]): Promise<void> {
    this.#feed ??= await this.log.openFeed('scene');
    const to = this.#feed.position + 1;
    const records = values.map((value, i) => ({ stream, key: 'k', id: `${to}/${i}`, value }));
    await this.#feed.append(records, to);
  }

  /** The normaliser takes the first messages of station.files and passes them on as readings. */
  async normalise(count = Infinity): Promise<void> {
    const { upstreamGroup: group } = this.parts;
    const place = { stream: streams.files, partition: 0 };
    const [position = 0] = await this.log.groupPositions(group, streams.files);
    const taken = (await this.#read(streams.files, position)).slice(0, count);
    await this.publish(streams.readings, ...taken.map(({ value }) => value));
    this.log.streams.setGroupPosition(group, place, position + taken.length);
  }

  /** What the detector takes next: what it has not heard of the stream, with these files as the last. */
  async batch(...files: readonly (NormalisedFile | Uint8Array)[]): Promise<DrainBatch> {
    const values = files.map((file) => ('type' in file ? normalisedFileCodec.encode(file) : file));
    await this.publish(streams.readings, ...values);
    const [from, log] = [this.#position, await this.log.identity()];
    const records = await this.#read(streams.readings, from);
    const partition = { log, stream: streams.readings, partition: 0 };
    return { partition, records, from, to: from + records.length };
  }

  async hear(...files: readonly NormalisedFile[]): Promise<void> {
    const batch = await this.batch(...files);
    await hearArrivals(this.parts).commit(batch);
    this.heard(batch);
  }

  /** The detector has taken it. */
  heard(batch: DrainBatch): void {
    this.#position = batch.to;
  }

  /** One look at the given minute; looks in between are taken as made. */
  async look(minutes: number): Promise<void> {
    for (; this.now < minutes; this.now = Math.min(this.now + 10, minutes)) await this.#glance();
    await lookForSilentStations(this.parts);
  }

  /** As if nobody had looked since the last look. */
  async lookAfterBreak(minutes: number): Promise<void> {
    this.now = minutes;
    await lookForSilentStations(this.parts);
  }

  /** `station from–to level`, in minutes, without removed ones. */
  async gaps(): Promise<readonly string[]> {
    const rows = await this.database.query<{ text: string }>(
      `SELECT format('%s %s–%s %s',
                     concat_ws(' ', station, parameter, CASE WHEN kind <> 'transmission' THEN kind END),
                     extract(epoch FROM from_instant - $1)::int / 60,
                     coalesce((extract(epoch FROM to_instant - $1)::int / 60)::text, 'open'), level) AS text
       FROM gaps JOIN station_keys USING (station_id) 
       WHERE removed_at IS NULL AND level IS NOT NULL
       ORDER BY station, parameter COLLATE "C" NULLS FIRST, kind, from_instant`,
      [new Date(start)],
    );
    return rows.map(({ text }) => text);
  }

  /** What was reported of changes, oldest first. */
  async events(): Promise<readonly GapEvent[]> {
    const reader = outboxReader(this.database, streams.gaps);
    await reader.claim();
    const records = await reader.read(0, 10_000);
    return records.map(({ record }) => gapEventCodec.decode(record.value));
  }

  /** The same as `change station from–to level`. */
  async reported(): Promise<readonly string[]> {
    return (await this.events()).map(describe);
  }

  async #read(stream: StreamName, from: number): Promise<readonly StoredRecord[]> {
    const records: StoredRecord[] = [];
    for await (const record of this.log.scan(stream, [from])) records.push(record);
    return records;
  }

  async #glance(): Promise<void> {
    await this.parts.store.watch(this.parts.clock(), this.parts.pauseMs);
  }
}

export function describe({ change, station, gap }: GapEvent): string {
  const minutes = (instant: string): number => (Date.parse(instant) - start) / minute;
  const to = gap.to === undefined ? 'open' : minutes(gap.to);
  const kind = gap.kind === 'transmission' ? undefined : gap.kind;
  const whose = [station, gap.parameter, kind].filter((part) => part !== undefined).join(' ');
  return `${change} ${whose} ${minutes(gap.from)}–${to} ${gap.level}`;
}

let sequence = 0;

/** A file with readings at the given minutes, received with the last of them unless said otherwise. */
export function fileOf(
  minutes: readonly number[],
  more: {
    station?: string;
    receivedAt?: number;
    status?: string;
    /** Which parameters come, and whether their values are valid; pH and TSS without a value otherwise. */
    values?: Readonly<Record<string, boolean>>;
  } = {},
): NormalisedFile {
  sequence += 1;
  const { station = 'S1', receivedAt = Math.max(...minutes), status = '00' } = more;
  const values = more.values ?? { pH: false, TSS: false };
  return {
    type: 'normalised-file.v2',
    reception: {
      receptionId: String(sequence).padStart(26, '0'),
      ...{ spoolId: 'spool-1', spoolSequence: sequence, receivedAt: at(receivedAt) },
      ...{ protocol: 'ftp', peer: '10.0.0.1', account: 'A1', folder: '/', name: `${sequence}.txt` },
      ...{ size: 0, contentHash: '0'.repeat(64), fileId: sequence.toString(16).padStart(64, '0') },
    },
    content: new Uint8Array(),
    station,
    readings: minutes.flatMap((time) =>
      Object.entries(values).map(([parameter, isValid], i) => ({
        ...{
          parameter,
          instant: at(time),
          value: isValid ? 7 : null,
          unit: '',
          rawValue: '-',
          rawUnit: '',
          status,
        },
        ...{ flag: isValid ? (1 as const) : (9 as const), reasons: [], line: i + 1 },
      })),
    ),
    rejectedLines: [],
    warnings: [],
  };
}

export function readingsRecord(file: NormalisedFile): OutgoingRecord {
  return {
    stream: streams.readings,
    key: file.station,
    id: file.reception.receptionId,
    value: normalisedFileCodec.encode(file),
  };
}
