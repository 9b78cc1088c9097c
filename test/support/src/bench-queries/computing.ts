import { readFile } from 'node:fs/promises';
import type { Database } from '@envigate/postgres';

/** Processes of the server that serve connections to this database. */
export async function backendsOf(database: Database): Promise<readonly number[]> {
  const rows = await database.query<{ pid: number }>(
    'SELECT pid FROM pg_stat_activity WHERE datname = current_database()',
  );
  return rows.map(({ pid }) => pid);
}

/** Processor time of processes that live, in milliseconds, as Linux counts it in nanoseconds. */
export async function computedMs(pids: readonly number[]): Promise<number> {
  const texts = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/schedstat`, 'utf8').catch(() => '0')),
  );
  return texts.reduce((sum, text) => sum + Number(text.split(' ')[0]) / 1e6, 0);
}
