import type { Database } from '../connection/database.ts';

export interface Watch {
  /** Since when detectors have looked without a break longer than the pause; never after now. */
  readonly listeningSince: Date;
  /** By how many seconds the clock was set back since the last look; 0 where it was not. */
  readonly setBackSeconds: number;
}

interface WatchRow {
  readonly lookedAt: Date;
  readonly listeningSince: Date;
}

/** Notes a look for silent stations in the one row that all detectors share. */
export async function watchGaps(database: Database, now: Date, pauseMs: number): Promise<Watch> {
  return database.transaction(async (tx) => {
    await tx.execute(
      `INSERT INTO gap_watch (looked_at, listening_since) VALUES ($1, $1) ON CONFLICT DO NOTHING`,
      [now],
    );
    const [before] = await tx.query<WatchRow>(
      `SELECT looked_at AS "lookedAt", listening_since AS "listeningSince"
       FROM gap_watch FOR UPDATE`,
    );
    if (before === undefined) throw new Error('gap_watch has no row');
    const { lookedAt, listeningSince } = watchAt(now, before, pauseMs);
    await tx.execute('UPDATE gap_watch SET looked_at = $1, listening_since = $2', [
      lookedAt,
      listeningSince,
    ]);
    const setBackMs = before.lookedAt.getTime() - now.getTime();
    return { listeningSince, setBackSeconds: setBackMs > pauseMs ? setBackMs / 1000 : 0 };
  });
}

/**
 * A detector that looks after a long break was not listening in between, nor was anyone else. The
 * clocks of two detectors may differ a little: the one that is behind begins nothing anew.
 */
function watchAt(now: Date, before: WatchRow, pauseMs: number): WatchRow {
  const passedMs = now.getTime() - before.lookedAt.getTime();
  if (Math.abs(passedMs) > pauseMs) return { lookedAt: now, listeningSince: now };
  return {
    lookedAt: passedMs > 0 ? now : before.lookedAt,
    listeningSince: before.listeningSince < now ? before.listeningSince : now,
  };
}
