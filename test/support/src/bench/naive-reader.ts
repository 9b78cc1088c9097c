import type { Database } from '@envigate/postgres';
import type { FleetFile } from '../fleet/fleet.ts';

export interface NaiveResult {
  readonly filesPerSecond: number;
  /** Milliseconds of each file from its bytes to its commit, ascending. */
  readonly times: readonly number[];
}

/**
 * The baseline: what a straightforward program does with the same files and the same PostgreSQL.
 * It splits the lines and upserts them, one transaction per file on one connection, and keeps no
 * original, no ledger, no revision, no quality, and delivers nothing.
 */
export async function readNaively(
  database: Database,
  files: readonly FleetFile[],
): Promise<NaiveResult> {
  await database.execute(
    'CREATE TABLE naive_readings (station text, symbol text, at text, value float8, status text, PRIMARY KEY (station, symbol, at))',
  );
  const times: number[] = [];
  const started = performance.now();
  for (const file of files) {
    const begun = performance.now();
    await database.transaction(async (transaction) => {
      for (const line of file.content.toString().split('\r\n')) {
        const [symbol, value, , at, status] = line.split('\t');
        if (status === undefined) continue;
        await transaction.execute(
          'INSERT INTO naive_readings VALUES ($1, $2, $3, $4, $5) ON CONFLICT (station, symbol, at) DO UPDATE SET value = excluded.value',
          [file.station, symbol, at, Number(value), status],
        );
      }
    });
    times.push(performance.now() - begun);
  }
  const seconds = (performance.now() - started) / 1000;
  return { filesPerSecond: files.length / seconds, times: times.sort((a, b) => a - b) };
}
