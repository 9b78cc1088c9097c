import { Database, migrate } from '@envigate/postgres';
import { silentLogger } from '@envigate/runtime';
import { makeBigRecord } from './make-big-record.ts';
import type { RecordSize } from './record-size.ts';

/**
 * Resolves with the URL of a database with a big record of this size on a server that stays: the one of an earlier run,
 * brought to the migrations of this version, or a new one. It bears its name only once it is whole; what a run that was
 * ended left is made anew.
 */
export async function keptRecord(serverUrl: string, size: RecordSize): Promise<string> {
  const { stations, months, receptions } = size;
  const name = `record_${receptions}_of_${stations}_in_${months}`;
  const urlOf = (database: string): string =>
    Object.assign(new URL(serverUrl), { pathname: `/${database}` }).href;
  const admin = open(serverUrl);
  try {
    const found = await admin.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (found.length > 0) {
      await onDatabase(urlOf(name), async (database) => {
        await migrate(database);
        await reportAge(database, name);
      });
      return urlOf(name);
    }
    const making = `${name}_making`;
    await admin.execute(`DROP DATABASE IF EXISTS ${making} WITH (FORCE)`);
    await admin.execute(`CREATE DATABASE ${making}`);
    await onDatabase(urlOf(making), async (database) => {
      await migrate(database);
      await makeBigRecord(database, size, reportMonths());
    });
    await admin.execute(`ALTER DATABASE ${making} RENAME TO ${name}`);
    return urlOf(name);
  } finally {
    await admin.close();
  }
}

/** Prints when each month is made. */
export function reportMonths(): (month: string) => void {
  const began = performance.now();
  return (month) =>
    console.log(`  ${month} made after ${Math.round((performance.now() - began) / 1_000)} s`);
}

async function reportAge(database: Database, name: string): Promise<void> {
  const [row] = await database.query<{ hours: number }>(
    `SELECT extract(epoch FROM now() - max(received_at))::float8 / 3600 AS hours FROM receptions`,
  );
  console.log(`  ${name} is used again; its newest reception is ${row?.hours.toFixed(1)} h old`);
}

async function onDatabase(url: string, work: (database: Database) => Promise<void>): Promise<void> {
  const database = open(url);
  try {
    await work(database);
  } finally {
    await database.close();
  }
}

function open(url: string): Database {
  return new Database({
    url,
    poolSize: 2,
    applicationName: 'envigate bench',
    logger: silentLogger(),
  });
}
