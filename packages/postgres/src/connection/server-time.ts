import type { Session } from './session.ts';

/** When the server's transaction began, to the millisecond; outside of one, now. */
export async function readTime(session: Session): Promise<Date> {
  const [row] = await session.query<{ now: Date }>(
    `SELECT date_trunc('milliseconds', now()) AS now`,
  );
  if (row === undefined) throw new Error('SELECT now() gave no row');
  return row.now;
}

/**
 * Seconds that the database's clock is ahead of ours, behind where negative. Ours is taken halfway between question and
 * answer, so that a slow answer costs half of its time at most.
 */
export async function measureClockOffset(session: Session, clock: () => Date): Promise<number> {
  const asked = clock().getTime();
  const [row] = await session.query<{ ms: number }>(
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::double precision AS ms',
  );
  if (row === undefined) throw new Error('SELECT clock_timestamp() gave no row');
  return (row.ms - (asked + clock().getTime()) / 2) / 1000;
}
