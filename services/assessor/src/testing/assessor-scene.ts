import { createHash } from 'node:crypto';
import type { NormalisedFile, Reading, Registry, Rule } from '@envigate/contracts';
import { assessReadings, RegistryView, type AssessableReading } from '@envigate/domain';
import { streams } from '@envigate/event-log';
import {
  assessmentRecord,
  assessmentStore,
  recordingStore,
  type AssessmentStore,
  type Database,
} from '@envigate/postgres';
import { eventually, testDatabase, type TestDatabase } from '@envigate/test-support';
import {
  assessDay,
  type AssessDayParts,
  startAssessor,
  type RunningAssessor,
} from '../assessor.ts';

const parameters = ['COD', 'PH'];
const registryWith = (rules: readonly Rule[]): Registry => ({
  facilities: [{ code: 'F', name: 'F' }],
  parameters: parameters.map((code) => ({
    ...{ code, symbol: code, name: code, nameEn: code, unit: 'u' },
  })),
  targets: [],
  stations: ['S1', 'S2', 'S3'].map((code) => ({
    ...{ code, facility: 'F', name: code, kind: 'waste-water' as const },
  })),
  accounts: [],
  rules: [...rules],
});

export const start = Date.UTC(2026, 0, 1);
const minuteMs = 60_000;

/** `minute value` of COD, or `minute parameter value`; a value `cal`: it was calibrating. */
export interface Brought {
  readonly station?: string;
  readonly lines: readonly string[];
}

/** What recorders bring and assessors make of it, on a database of its own. */
export class AssessorScene {
  readonly happened: { name: string; payload: Record<string, unknown> }[] = [];
  readonly #test: TestDatabase;
  readonly #assessors: RunningAssessor[] = [];
  rules: readonly Rule[];
  #position = 0;

  private constructor(test: TestDatabase, rules: readonly Rule[]) {
    this.#test = test;
    this.rules = rules;
  }

  static async create(rules: readonly Rule[]): Promise<AssessorScene> {
    return new AssessorScene(await testDatabase(), rules);
  }

  get database(): Database {
    return this.#test.database;
  }

  killBackends(): Promise<number> {
    return this.#test.killBackends();
  }

  /** Stops what a failed test left running, too. */
  async close(): Promise<void> {
    await Promise.all(this.#assessors.map((assessor) => assessor.stop()));
    await this.#test.drop();
  }

  parts(store: AssessmentStore = assessmentStore(this.database)): AssessDayParts {
    return {
      store,
      registry: { current: () => new RegistryView(registryWith(this.rules)) },
      emit: (name: string, payload: Record<string, unknown>) =>
        this.happened.push({ name, payload }),
    };
  }

  /** One file in a transaction of its own; tried again while the database is away. */
  async record({ station = 'S1', lines }: Brought): Promise<void> {
    const from = this.#position++;
    const partition = { log: 'log', stream: streams.readings, partition: 0 };
    const move = { consumer: 'recorder', partition, from, to: from + 1 };
    const file = fileOf(station, lines, from);
    const store = recordingStore(this.database);
    await eventually(
      async () => {
        if ((await store.position(move.consumer, partition)) === move.to) return;
        await store.recordFiles(move, [file], () => undefined);
      },
      { everyMs: 10 },
    );
  }

  /** As an assessor whose days are all due at once. Returns how many days it assessed. */
  async assess(): Promise<number> {
    const parts = this.parts();
    for (let assessed = 0; ;) {
      const due = await parts.store.due(1_000, 0, 0);
      if (due.length === 0) return assessed;
      for (const day of due) if ((await assessDay(day, parts)) === 'assessed') assessed += 1;
    }
  }

  async startAssessor(): Promise<RunningAssessor> {
    const times = { checkMs: 5, settleMs: 0, mostWaitMs: 0 };
    const parts = { ...this.parts(), ...times };
    const assessor = await startAssessor(parts);
    this.#assessors.push(assessor);
    return assessor;
  }

  /** Until running assessors have nothing left to do. */
  async settled(): Promise<void> {
    await eventually(
      async () => {
        if (await this.isDue()) throw new Error('readings still wait to be assessed');
      },
      { everyMs: 20 },
    );
  }

  async isDue(): Promise<boolean> {
    return (await this.database.query('SELECT FROM assessment_due')).length > 0;
  }

  /** `minute flag` of each verdict on COD of a station, in order. */
  async marks(table = 'reading_assessments', station = 'S1'): Promise<readonly string[]> {
    const rows = await this.database.query<{ text: string }>(
      `SELECT format('%s %s', extract(epoch FROM instant - $1)::int / 60, flag) AS text
       FROM ${table} JOIN station_keys USING (station_id) JOIN parameter_keys USING (parameter_id)
       WHERE station = $2 AND parameter = 'COD' ORDER BY instant`,
      [new Date(start), station],
    );
    return rows.map(({ text }) => text);
  }

  /** Every stored verdict, and what the pure function says of the whole record, alike. */
  async verdictsAndTruth(): Promise<{ stored: unknown; truth: unknown }> {
    const record = assessmentRecord(this.database);
    const all = { from: 0, to: Date.UTC(2100, 0, 1) };
    const view = new RegistryView(registryWith(this.rules));
    const stations = await this.database.query<{ station: string; station_id: number }>(
      'SELECT station, station_id FROM station_keys ORDER BY station',
    );
    const stored: unknown[] = [];
    const truth: unknown[] = [];
    for (const { station, station_id: id } of stations) {
      const readings: readonly AssessableReading[] = await record.readings(id, all);
      const verdicts = await record.verdicts(id, all);
      const inOrder = verdicts.toSorted(
        (a, b) => a.instant - b.instant || (a.parameter < b.parameter ? -1 : 1),
      );
      const judged = assessReadings(view, station, readings);
      stored.push({ station, verdicts: inOrder.map(strip) });
      truth.push({ station, verdicts: judged.map(strip) });
    }
    return { stored, truth };
  }
}

function strip({
  parameter,
  instant,
  revision,
  flag,
  reasons,
}: {
  parameter: string;
  instant: number;
  revision: number;
  flag: number;
  reasons: readonly string[];
}): unknown {
  return { parameter, instant, revision, flag, reasons };
}

function fileOf(station: string, lines: readonly string[], sequence: number): NormalisedFile {
  const content = Buffer.from(`${sequence} ${lines.join('\n')}`);
  const hash = createHash('sha256').update(content).digest('hex');
  return {
    type: 'normalised-file.v2',
    reception: {
      receptionId: String(sequence).padStart(26, '0'),
      ...{ spoolId: 'spool', spoolSequence: sequence + 1, receivedAt: '2026-01-02T00:00:00.000Z' },
      ...{ protocol: 'ftp', peer: '10.0.0.1', account: 'A', folder: '/', name: `${sequence}.txt` },
      ...{ size: content.length, contentHash: hash, fileId: hash },
    },
    content,
    station,
    readings: lines.map(readingOf),
    rejectedLines: [],
    warnings: [],
  };
}

function readingOf(text: string, i: number): Reading {
  const words = text.split(' ');
  const [minute = '', parameter = '', value = ''] =
    words.length === 2 ? [words[0], 'COD', words[1]] : words;
  const calibrates = value === 'cal';
  return {
    parameter,
    instant: new Date(start + Number(minute) * minuteMs).toISOString(),
    value: calibrates ? 1 : Number(value),
    ...{ unit: 'u', rawValue: value, rawUnit: 'u', status: calibrates ? '01' : '00', line: i + 1 },
    flag: calibrates ? 2 : 1,
    reasons: calibrates ? ['status-calibrating@1'] : [],
  };
}
