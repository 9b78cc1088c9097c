import { createHash } from 'node:crypto';
import type {
  BoardQueries,
  ConsoleQueries,
  NormalisedFile,
  QuarantinedFile,
  Reading,
  RejectedLine,
} from '@envigate/contracts';
import type { Moment, MomentPlan } from '@envigate/domain';
import { streams } from '@envigate/event-log';
import { testDatabase, type TestDatabase } from '@envigate/test-support';
import type { Database } from '../../connection/database.ts';
import { recordingStore } from '../../record/record-files.ts';
import { consoleQueries } from '../console-queries.ts';

/** What a test says of a file; the rest is filled in. Values are by parameter. */
export interface FileInput {
  readonly station?: string;
  readonly account?: string;
  readonly name?: string;
  readonly values?: Readonly<Record<string, number | null>>;
  readonly instant?: string;
  readonly receivedAt?: string;
  readonly newestTime?: string;
  readonly rejected?: readonly Pick<RejectedLine, 'line' | 'reason'>[];
  readonly warnings?: NormalisedFile['warnings'];
}

/** A database of its own, filled as the recorder fills it, and the console's questions to it. */
export class RecordScene {
  readonly queries: ConsoleQueries & BoardQueries;
  readonly #test: TestDatabase;
  readonly #store;
  readonly #positions = { [streams.readings]: 0, [streams.quarantine]: 0 };
  #sequence = 0;

  private constructor(test: TestDatabase) {
    this.#test = test;
    this.queries = consoleQueries(test.database);
    this.#store = recordingStore(test.database);
  }

  static async create(): Promise<RecordScene> {
    return new RecordScene(await testDatabase());
  }

  /** On a database that the test closes. */
  static on(test: TestDatabase): RecordScene {
    return new RecordScene(test);
  }

  get database(): Database {
    return this.#test.database;
  }

  close(): Promise<void> {
    return this.#test.drop();
  }

  file(input: FileInput): NormalisedFile {
    const { station = 'S1', values = { pH: 7 }, instant = '2026-01-01T00:00:00.000Z' } = input;
    const name = input.name ?? `${station}_${instant}.txt`;
    const readings = Object.entries(values).map(([parameter, value], i): Reading => {
      const text = value === null ? 'n/a' : String(value);
      return {
        ...{ parameter, instant, value, unit: 'u', rawValue: text, rawUnit: 'U', status: '00' },
        flag: value === null ? 9 : 1,
        reasons: value === null ? ['missing@2'] : [],
        line: i + 1,
      };
    });
    return {
      type: 'normalised-file.v2',
      ...this.#received(input, name, JSON.stringify([station, instant, values])),
      station,
      ...(input.newestTime !== undefined && { newestTime: input.newestTime }),
      readings,
      rejectedLines: (input.rejected ?? []).map(({ line, reason }) => ({
        ...{ line, reason, column: 2, expected: 'a-time@1', text: `line ${line}` },
      })),
      warnings: [...(input.warnings ?? [])],
    };
  }

  /** Files of one batch; each is due at `targets` where it brought something. */
  async record(files: readonly NormalisedFile[], targets: readonly string[] = []): Promise<void> {
    const plan = ({ station, instant }: Moment): MomentPlan => {
      const file = files.find(
        (each) => each.station === station && each.readings[0]?.instant === instant,
      );
      const fileName = `out_${file?.reception.name}`;
      return {
        payload: Buffer.from('payload'),
        targets: targets.map((target) => ({ target, fileName, namedApart: false, gatherMs: 0 })),
      };
    };
    await this.#store.recordFiles(this.#move(streams.readings, files.length), files, plan);
  }

  /** A file of which no station is known, unless it is named. */
  async quarantine(input: FileInput & { readonly name: string }): Promise<void> {
    const { station, newestTime } = input;
    const file: QuarantinedFile = {
      type: 'quarantined-file.v2',
      ...this.#received(input, input.name, input.name),
      ...(station !== undefined && { station }),
      ...(newestTime !== undefined && { newestTime }),
      reason: 'unknown-station',
      detail: 'a station of the account',
      rejectedLines: [],
    };
    await this.#store.recordQuarantine(this.#move(streams.quarantine, 1), [file], () => undefined);
  }

  #received({ account = 'A1', receivedAt }: FileInput, name: string, text: string) {
    const content = Buffer.from(text);
    this.#sequence += 1;
    return {
      content,
      reception: {
        receptionId: String(this.#sequence).padStart(26, '0'),
        spoolId: 'spool',
        spoolSequence: this.#sequence,
        receivedAt: receivedAt ?? new Date(Date.UTC(2026, 0, 2) + this.#sequence).toISOString(),
        protocol: 'ftps' as const,
        peer: '10.0.0.1',
        account,
        folder: '/2026/01',
        name,
        size: content.length,
        contentHash: sha256(content),
        fileId: sha256(account, '\0', name, '\0', content),
      },
    };
  }

  #move(stream: 'station.readings' | 'station.quarantine', count: number) {
    const from = this.#positions[stream];
    this.#positions[stream] += count;
    const partition = { log: 'log', stream, partition: 0 };
    return { consumer: 'recorder', partition, from, to: from + count };
  }
}

function sha256(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
