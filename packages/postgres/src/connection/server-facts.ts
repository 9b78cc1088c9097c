import type { Session } from './session.ts';

/** What of a server and a database decides whether they can keep the record. */
export interface ServerFacts {
  /** As `server_version`: 18.4. */
  readonly version: string;
  readonly major: number;
  readonly encoding: string;
  readonly isReadOnly: boolean;
  /** Whether the user may make tables: migrations and months need it. */
  readonly mayCreate: boolean;
  readonly maxConnections: number;
  readonly maxLocksPerTransaction: number;
  /** Settings that are off and make a commit lose its meaning: fsync, full_page_writes, synchronous_commit. */
  readonly unsafe: readonly string[];
}

export async function readServerFacts(session: Session): Promise<ServerFacts> {
  const [facts] = await session.query<ServerFacts>(
    `SELECT current_setting('server_version') AS version,
            current_setting('server_version_num')::integer / 10000 AS major,
            pg_encoding_to_char(encoding) AS encoding,
            pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean AS "isReadOnly",
            has_schema_privilege('public', 'CREATE') AS "mayCreate",
            current_setting('max_connections')::integer AS "maxConnections",
            current_setting('max_locks_per_transaction')::integer AS "maxLocksPerTransaction",
            ARRAY(SELECT name FROM pg_settings WHERE setting = 'off'
                  AND name IN ('fsync', 'full_page_writes', 'synchronous_commit') ORDER BY name) AS unsafe
     FROM pg_database WHERE datname = current_database()`,
  );
  if (facts === undefined) throw new Error('pg_database has no row of its own database');
  return facts;
}
