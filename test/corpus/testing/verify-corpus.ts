import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Reading } from '@envigate/contracts';
import type { CorpusCase, ExpectedLine } from '../../support/src/corpus/index.ts';
import type { CorpusScene } from './corpus-scene.ts';

/** What the database holds of one file. */
export interface StoredFile {
  readonly state: string;
  readonly station: string | undefined;
  /** Of every reception, the first one's first. */
  readonly outcomes: readonly string[];
  readonly warnings: readonly string[];
  readonly quarantine: readonly StoredQuarantine[];
}

interface StoredQuarantine {
  readonly scope: string;
  readonly reason: string;
  readonly line: number | null;
  readonly text: string;
}

interface StoredReading extends Omit<Reading, 'instant' | 'censored' | 'factor'> {
  readonly station: string;
  readonly instant: Date;
  readonly revision: number;
}

export interface Stored {
  /** By keyOf. */
  readonly files: ReadonlyMap<string, StoredFile>;
  /** Every revision of every reading, by station, parameter and instant. */
  readonly readings: ReadonlyMap<string, readonly StoredReading[]>;
}

type Database = CorpusScene['database'];

/** Account, name and bytes: what a file is known by. */
export function keyOf({
  account,
  name,
  content,
}: Pick<CorpusCase, 'account' | 'name' | 'content'>) {
  return createHash('sha256').update(`${account}\0${name}\0`).update(content).digest('hex');
}

export async function readStored(database: Database): Promise<Stored> {
  const files = await database.query<{
    file_no: number;
    account: string;
    name: string;
    content: Buffer;
    state: string;
    station: string | null;
  }>(
    `SELECT file_no, account, name, content, state, station
     FROM files LEFT JOIN station_keys USING (station_id)`,
  );
  const receptions = await database.query<{
    file_no: number;
    outcome: string;
    warnings: readonly { readonly code: string }[];
  }>('SELECT file_no, outcome, warnings FROM receptions ORDER BY received_at, spool_sequence');
  const quarantine = await database.query<StoredQuarantine & { file_no: number }>(
    'SELECT file_no, scope, reason, line, text FROM quarantine ORDER BY line NULLS FIRST',
  );
  const stored = new Map<string, StoredFile>();
  for (const { file_no: no, account, name, content, state, station } of files) {
    const key = keyOf({ account, name, content });
    const own = receptions.filter((row) => row.file_no === no);
    stored.set(key, {
      state,
      station: station ?? undefined,
      outcomes: own.map(({ outcome }) => outcome),
      warnings: own[0]?.warnings.map(({ code }) => code) ?? [],
      quarantine: quarantine.filter((row) => row.file_no === no),
    });
  }
  return { files: stored, readings: await readReadings(database) };
}

async function readReadings(database: Database): Promise<Stored['readings']> {
  const columns = `station_id, parameter_id, instant, revision, value, unit, raw_value, raw_unit,
                   status, flag, reasons, line`;
  const rows = await database.query<StoredReading>(
    `SELECT station, parameter, instant, revision, value, unit, raw_value AS "rawValue",
            raw_unit AS "rawUnit", status, flag, reasons, line
     FROM (SELECT ${columns} FROM readings UNION ALL SELECT ${columns} FROM reading_revisions) every
     JOIN station_keys USING (station_id) JOIN parameter_keys USING (parameter_id)`,
  );
  const readings = new Map<string, StoredReading[]>();
  for (const row of rows) {
    const key = keyOfReading(row.station, row.parameter, row.instant.toISOString());
    readings.set(key, [...(readings.get(key) ?? []), row]);
  }
  return readings;
}

function keyOfReading(station: string, parameter: string, instant: string): string {
  return `${station} ${parameter} ${instant}`;
}

/** What differs from the expected result of the case, in words. */
export function faultsOfCase(item: CorpusCase, stored: Stored): readonly string[] {
  const file = stored.files.get(keyOf(item));
  if (file === undefined) return ['the file is not there'];
  const faults: string[] = [];
  const expect = (what: string, found: unknown, expected: unknown): void => {
    if (!isDeepStrictEqual(found, expected))
      faults.push(`${what} is ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`);
  };
  const { expected } = item;
  expect('state', file.state, expected.kind === 'normalised' ? 'stored' : 'quarantined');
  expect('station', file.station, expected.station);
  const [whole] = file.quarantine.filter(({ scope }) => scope === 'file');
  expect('reason', whole?.reason, expected.kind === 'normalised' ? undefined : expected.reason);
  faults.push(
    ...faultsOfLines(
      file.quarantine.filter(({ scope }) => scope === 'line'),
      expected.rejectedLines,
    ),
  );
  if (expected.kind === 'quarantined') return faults;
  const codes = [
    ...expected.warnings.map((warning) => (typeof warning === 'string' ? warning : warning.code)),
    ...(item.released === undefined ? [] : ['released-after-quiet']),
  ];
  expect('warnings', file.warnings.filter(isOfTheFile).sort(), codes.filter(isOfTheFile).sort());
  for (const reading of expected.readings) {
    const { parameter, instant } = reading;
    const same = stored.readings.get(keyOfReading(expected.station, parameter, instant)) ?? [];
    // Another file of this corpus may have said the same before: then its line is there.
    if (!same.some((row) => saysTheSame(row, reading)))
      faults.push(
        `line ${reading.line}: ${JSON.stringify(same)} is not ${JSON.stringify(reading)}`,
      );
  }
  return faults;
}

/** Cases were received at other moments than here, so what is said of the clock differs. */
function isOfTheFile(warning: string): boolean {
  return !warning.startsWith('clock-');
}

function saysTheSame(row: StoredReading, reading: Reading): boolean {
  const reported = ({
    value,
    unit,
    rawValue,
    rawUnit,
    status,
    flag,
    reasons,
  }: typeof row | Reading) => [...[value, unit, rawValue, rawUnit, status, flag], ...reasons];
  return isDeepStrictEqual(reported(row), reported(reading));
}

function faultsOfLines(
  rows: readonly StoredQuarantine[],
  expected: readonly ExpectedLine[],
): readonly string[] {
  const found = rows.map(({ line, reason }) => `${line} ${reason}`).join(', ');
  const wanted = expected.map(({ line, reason }) => `${line} ${reason}`).join(', ');
  if (found !== wanted) return [`refused lines are ${found || 'none'}, not ${wanted || 'none'}`];
  return expected.flatMap(({ line, text }, i) =>
    text === undefined || rows[i]!.text === text
      ? []
      : [`line ${line} is kept as ${rows[i]!.text}`],
  );
}
