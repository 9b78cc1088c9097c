import type { Database } from '../../connection/database.ts';
import type { Session } from '../../connection/session.ts';

/**
 * A session that counts the rows which statements read from each table, all its months together, whether
 * they are used or thrown away. `rows` has the most that one statement read.
 */
export function countingSession(database: Database): {
  readonly session: Session;
  readonly rows: ReadonlyMap<string, number>;
} {
  const rows = new Map<string, number>();
  const session: Session = {
    async query<Row extends object>(...[sql, params]: Parameters<Session['query']>) {
      const text = typeof sql === 'string' ? sql : sql.text;
      const [explained] = await database.query<{ 'QUERY PLAN': readonly [{ Plan: PlanNode }] }>(
        `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`,
        params,
      );
      const ofStatement = new Map<string, number>();
      countScans(explained!['QUERY PLAN'][0].Plan, ofStatement);
      for (const [table, count] of ofStatement)
        rows.set(table, Math.max(count, rows.get(table) ?? 0));
      return database.query<Row>(sql, params);
    },
    execute: () => Promise.reject(new Error('a question changes nothing')),
  };
  return { session, rows };
}

interface PlanNode {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly PlanNode[];
}

function countScans(node: PlanNode, into: Map<string, number>): void {
  const table = node['Relation Name']?.replace(/_(before|after|\d{4}_\d{2})$/, '');
  if (table !== undefined) {
    const removed =
      (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
    const read = (node['Actual Rows'] + removed) * node['Actual Loops'];
    into.set(table, (into.get(table) ?? 0) + read);
  }
  for (const child of node.Plans ?? []) countScans(child, into);
}
