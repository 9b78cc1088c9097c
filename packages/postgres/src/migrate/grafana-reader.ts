import type { Database } from '../connection/database.ts';
import { DatabaseError, type Session } from '../connection/session.ts';
import type { Report } from './enter-file-keys.ts';

/** The role by which dashboards read the views of the schema `grafana`, and nothing else. */
const grafanaReader = 'grafana_reader';

// Without a password: under scram-sha-256 it cannot log in until a person sets one. The limits spare the
// gateway a dashboard that asks for too much, or is open too often.
const creationOf = (role: string): readonly string[] => [
  `CREATE ROLE ${role} LOGIN NOINHERIT NOCREATEDB NOCREATEROLE CONNECTION LIMIT 20`,
  `ALTER ROLE ${role} SET default_transaction_read_only = on`,
  `ALTER ROLE ${role} SET statement_timeout = '20s'`,
  // As the console's lists: a scan of a whole table only where there is no other way.
  `ALTER ROLE ${role} SET enable_seqscan = off`,
  `ALTER ROLE ${role} SET search_path = grafana`,
];
const grantsTo = (role: string): readonly string[] => [
  `GRANT USAGE ON SCHEMA grafana TO ${role}`,
  `GRANT SELECT ON ALL TABLES IN SCHEMA grafana TO ${role}`,
];

/**
 * Makes the role and gives it what it lacks; nothing where all is as it should be. A database whose user
 * may not make roles or give rights is migrated all the same: `report` gets the statements for its
 * administrator.
 */
export async function ensureGrafanaReader(
  database: Database,
  report: Report,
  role = grafanaReader,
): Promise<void> {
  try {
    if (await isReady(database, role)) return;
    await database.transaction((tx) => makeReady(tx, role));
  } catch (error) {
    const code = error instanceof DatabaseError ? error.code : undefined;
    // A role belongs to the whole server: another database of it may make the role at the same time.
    if (code === duplicateObject || code === uniqueViolation)
      return ensureGrafanaReader(database, report, role);
    if (code !== insufficientPrivilege) throw error;
    report(inWords(await statementsFor(database, role)));
  }
}

async function makeReady(tx: Session, role: string): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('envigate grafana reader', 0))`);
  for (const sql of await statementsFor(tx, role)) await tx.execute(sql);
}

async function statementsFor(session: Session, role: string): Promise<readonly string[]> {
  const [found] = await session.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  return found === undefined ? [...creationOf(role), ...grantsTo(role)] : grantsTo(role);
}

/** Whether the role exists and can read every view. */
async function isReady(session: Session, role: string): Promise<boolean> {
  const [state] = await session.query<{ isReady: boolean }>(
    `SELECT bool_and(has_schema_privilege(role.oid, schema.oid, 'USAGE')
                     AND coalesce(has_table_privilege(role.oid, view.oid, 'SELECT'), true)) AS "isReady"
     FROM pg_roles role CROSS JOIN pg_namespace schema
     LEFT JOIN pg_class view ON view.relnamespace = schema.oid AND view.relkind = 'v'
     WHERE role.rolname = $1 AND schema.nspname = 'grafana'`,
    [role],
  );
  return state?.isReady ?? false;
}

const insufficientPrivilege = '42501';
const duplicateObject = '42710';
const uniqueViolation = '23505';

function inWords(statements: readonly string[]): string {
  return (
    'chưa có vai trò chỉ đọc cho Grafana, vì người dùng cơ sở dữ liệu thiếu quyền; đề nghị quản trị PostgreSQL chạy các lệnh sau trong cơ sở dữ liệu này · ' +
    'the read-only role for Grafana is missing, as the user of the database lacks the rights; have its administrator run in this database: ' +
    statements.map((sql) => `${sql};`).join(' ')
  );
}
