import { stationFileCodec, type Registry, type StationFile } from '@envigate/contracts';
import {
  normaliseFile,
  RegistryView,
  type ReplayRequest,
  type RereadSelection,
} from '@envigate/domain';
import {
  importRegistry,
  insertBatch,
  insertReread,
  registryRevision,
  replayStore,
} from '@envigate/postgres';
import type { Emit } from '@envigate/runtime';
import { replayWork } from '../replays.ts';
import type { events } from '../telemetry.ts';
import { reception, RecorderScene, registry, type Message } from './recorder-scene.ts';
import { proveRecord } from './prove-record.ts';

/** After 17:00 UTC, so that no time of the lines is in the future by either of the offsets 0 and +07:00. */
export const lateAt = (minute: number): string =>
  new Date(Date.UTC(2026, 0, 1, 18, minute)).toISOString();

/** The way of a file from the door to the record and round again, step by step on one database. */
export class ReplayScene {
  readonly recorder: RecorderScene;
  readonly happened: { name: string; payload: Record<string, unknown> }[] = [];
  readonly #work: () => Promise<void>;
  /** What the normaliser reads by; it may be behind the database. */
  view = new RegistryView(registry);

  private constructor(recorder: RecorderScene) {
    this.recorder = recorder;
    this.#work = replayWork(
      {
        store: replayStore(recorder.database),
        emit: ((name: string, payload: Record<string, unknown>) =>
          this.happened.push({ name, payload })) as unknown as Emit<typeof events>,
        passSeconds: 0,
      },
      () => false,
    );
  }

  static async create(document: Registry = registry): Promise<ReplayScene> {
    const scene = new ReplayScene(await RecorderScene.create());
    await scene.register(document);
    await scene.work();
    return scene;
  }

  get database() {
    return this.recorder.database;
  }

  /** The registry of the database, and of everybody. */
  async register(document: Registry): Promise<void> {
    await importRegistry(this.database, document, { actor: 'officer' });
    this.view = new RegistryView(document, await registryRevision(this.database));
    this.recorder.view = this.view;
  }

  /** `lines`: `pH;7.1;;0;00` each, by symbol, value, unit, minute and status; else as they are. */
  async receive(name: string, lines: readonly string[], receivedAt?: string): Promise<StationFile> {
    return this.receiveIn('/2026/01', name, lines, receivedAt);
  }

  /** A file of S1 that is named by the minute and received as late as `lateAt` says. */
  receiveLate(minute: number, lines: readonly string[]): Promise<StationFile> {
    const name = `S1_2026010117${String(minute).padStart(2, '0')}00.txt`;
    return this.receive(name, lines, lateAt(minute));
  }

  async receiveIn(
    folder: string,
    name: string,
    lines: readonly string[],
    receivedAt?: string,
  ): Promise<StationFile> {
    const text = lines.map((line) => toRow(line)).join('\r\n');
    const content = Buffer.from(text);
    const file: StationFile = {
      type: 'station-file.v2',
      reception: {
        ...reception(name, content, folder),
        ...(receivedAt !== undefined && { receivedAt }),
      },
      content,
    };
    await this.pass(file);
    return file;
  }

  /** Through normaliser and recorder. */
  async pass(file: StationFile): Promise<void> {
    await this.recorder.record(this.normalise(file));
  }

  normalise(file: StationFile): Message {
    return normaliseFile(file, this.view).message;
  }

  request(request: Omit<ReplayRequest, 'actor'>): Promise<string> {
    return insertBatch(this.database, { actor: 'nguyenvana', ...request });
  }

  reread(
    range: Omit<RereadSelection, 'kind' | 'station' | 'by'>,
    more: Partial<RereadSelection> = {},
  ) {
    const selection = { kind: 'reread', station: 'S1', by: 'data', ...range, ...more } as const;
    return insertReread(this.database, { actor: 'nguyenvana', note: 'giờ UTC', selection });
  }

  /** What the recorder does on a tick. */
  work(): Promise<void> {
    return this.#work();
  }

  /** The messages that wait for the relay, in the order of the outbox; they are taken out. */
  async takeOutbox(): Promise<readonly StationFile[]> {
    const rows = await this.database.query<{ value: Buffer }>(
      `WITH taken AS (DELETE FROM outbox WHERE stream = 'station.files' RETURNING outbox_id, value)
       SELECT value FROM taken ORDER BY outbox_id`,
    );
    return rows.map(({ value }) => stationFileCodec.decode(value));
  }

  /** Requests to their end: as often as the recorder has something to do. Returns the replays. */
  async settle(): Promise<readonly StationFile[]> {
    const all: StationFile[] = [];
    for (;;) {
      await this.work();
      const files = await this.takeOutbox();
      if (files.length === 0) return all;
      all.push(...files);
      for (const file of files) await this.pass(file);
    }
  }

  /** `scope line reason state` of every row of quarantine. */
  async quarantine(): Promise<readonly string[]> {
    const rows = await this.database.query<{ text: string }>(
      `SELECT format('%s %s %s %s', scope, coalesce(line, 0), reason, coalesce(resolution, 'open')) AS text
       FROM quarantine ORDER BY quarantine_id`,
    );
    return rows.map(({ text }) => text);
  }

  async faults(): Promise<readonly unknown[]> {
    return proveRecord(this.database);
  }

  close(): Promise<void> {
    return this.recorder.close();
  }
}

function toRow(line: string): string {
  if (!line.includes(';')) return line;
  const [symbol = '', value = '', unit = '', minute = '0', status = '00'] = line.split(';');
  const time = /^\d+$/.test(minute) ? `2026010117${minute.padStart(2, '0')}00` : minute;
  return [symbol, value, unit, time, status].join('\t');
}
