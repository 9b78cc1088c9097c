import { setTimeout as delay } from 'node:timers/promises';
import type { NormalisedFile } from '@envigate/contracts';
import { reachAt, RegistryView, spanToJudge, spanToRead, type Span } from '@envigate/domain';
import { streams } from '@envigate/event-log';
import { recordingStore, type Database } from '@envigate/postgres';
import { Gateway } from '../gateway.ts';
import { eventually } from '../processes/eventually.ts';
import { peakResidentBytes } from '../processes/process-memory.ts';
import { filesPerDay, intervalMs, lifeOf, registryOf } from './workload.ts';

/** Files of one transaction of the recorder. */
const filesAtOnce = 500;

/**
 * The built assessor in a process of its own, on a database into which this process brings readings
 * as the recorder does.
 */
export class AssessorBench {
  readonly #database: Database;
  readonly #gateway: Gateway;
  readonly #view: RegistryView;
  readonly #lives: readonly (() => NormalisedFile)[];
  readonly #beginMs: number;
  #recorded = 0;

  private constructor(database: Database, gateway: Gateway, stations: number) {
    const registry = registryOf(stations);
    this.#database = database;
    this.#gateway = gateway;
    this.#view = new RegistryView(registry);
    this.#beginMs = Math.floor(Date.now() / 86_400_000 - 2) * 86_400_000;
    this.#lives = registry.stations.map(({ code }) => lifeOf(code, this.#beginMs));
  }

  static async create(
    dir: string,
    database: Database,
    databaseUrl: string,
    stations: number,
  ): Promise<AssessorBench> {
    const layout = 'process-per-service';
    const gateway = await Gateway.create({ dataDir: dir, layout, databaseUrl });
    await gateway.importRegistry(registryOf(stations));
    return new AssessorBench(database, gateway, stations);
  }

  /** All stations' files of one day. Nothing assesses them yet. */
  async recordDay(): Promise<void> {
    for (let moment = 0; moment < filesPerDay; moment++) await this.recordMoment();
    await this.#database.execute('ANALYZE');
  }

  /** One file of each station; resolves when they are committed. */
  async recordMoment(): Promise<void> {
    const files = this.#lives.map((next) => next());
    const store = recordingStore(this.#database);
    const partition = { log: 'bench', stream: streams.readings, partition: 0 };
    for (let at = 0; at < files.length; at += filesAtOnce) {
      const batch = files.slice(at, at + filesAtOnce);
      const from = this.#recorded;
      this.#recorded += batch.length;
      const move = { consumer: 'recorder', partition, from, to: this.#recorded };
      await store.recordFiles(move, batch, () => undefined);
    }
  }

  /** Resolves when it is at work, on nothing. */
  async startAssessor(): Promise<void> {
    this.#assessor.start();
    await eventually(async () => {
      const response = await fetch(`http://${this.#gateway.operationsOf('assessor')}/readyz`);
      if (!response.ok) throw new Error('the assessor is not ready');
    });
  }

  peakBytes(): Promise<number> {
    return peakResidentBytes(this.#assessor.pid);
  }

  async stop(): Promise<void> {
    await this.#assessor.stop();
  }

  get #assessor() {
    const process = this.#gateway.processes.get('assessor');
    if (process === undefined) throw new Error('no assessor');
    return process;
  }

  /** Milliseconds from the end of the first day's assessment to that of the last, of what is put on the list. */
  async timeBurst(): Promise<number> {
    const stations = this.#lives.length;
    await this.#database.execute(
      `INSERT INTO assessment_due (station_id, day, from_instant, to_instant, first_noted_at, last_noted_at)
       SELECT station_id, $1::timestamptz AT TIME ZONE 'UTC', $1, $2, now() - interval '1 hour', now() - interval '1 hour'
       FROM station_keys ORDER BY station_id`,
      [new Date(this.#beginMs), new Date(this.#beginMs + (filesPerDay - 1) * intervalMs)],
    );
    while ((await this.#waiting()).length === stations) await delay(2);
    const begun = performance.now();
    while ((await this.#waiting()).length > 0) await delay(2);
    return performance.now() - begun;
  }

  /** Milliseconds from the commit of one file of each station to the end of its assessment. */
  async timeMoment(): Promise<readonly number[]> {
    await this.recordMoment();
    const begun = performance.now();
    const times: number[] = [];
    while (times.length < this.#lives.length) {
      await delay(5);
      const ended = this.#lives.length - (await this.#waiting()).length - times.length;
      const took = performance.now() - begun;
      for (let i = 0; i < ended; i++) times.push(took);
    }
    return times;
  }

  /** Forgets what is due: the day is put on the list again when the assessor is at work. */
  async clear(): Promise<void> {
    await this.#database.execute('DELETE FROM assessment_due');
  }

  /** Readings that some rule marks. */
  async marks(): Promise<number> {
    const [row] = await this.#database.query<{ n: number }>(
      'SELECT count(*) AS n FROM reading_assessments',
    );
    return row?.n ?? 0;
  }

  /**
   * The baseline: one client reads what the rules have to look at, station after station, and does
   * nothing with it. Milliseconds and rows of each, in order.
   */
  async read(touched: Span): Promise<readonly { readonly ms: number; readonly rows: number }[]> {
    const taken: { ms: number; rows: number }[] = [];
    for (const station of this.#view.stations.keys()) {
      const reach = reachAt(this.#view, station);
      const { from, to } = spanToRead(spanToJudge(touched, reach), reach);
      const begun = performance.now();
      const rows = await this.#database.query(
        `SELECT parameter_id, (extract(epoch FROM instant) * 1000)::float8 AS instant, revision, value,
                unit, flag, reasons
         FROM readings JOIN station_keys USING (station_id) WHERE station = $1 AND instant BETWEEN $2 AND $3`,
        [station, new Date(from), new Date(to)],
      );
      taken.push({ ms: performance.now() - begun, rows: rows.length });
    }
    return taken;
  }

  /** The day that recordDay brings. */
  get day(): Span {
    return { from: this.#beginMs, to: this.#beginMs + (filesPerDay - 1) * intervalMs };
  }

  /** The time of the newest files. */
  get newest(): Span {
    const at = this.#beginMs + (this.#recorded / this.#lives.length - 1) * intervalMs;
    return { from: at, to: at };
  }

  #waiting(): Promise<readonly object[]> {
    return this.#database.query('SELECT FROM assessment_due');
  }
}
