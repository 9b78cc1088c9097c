import type { Database } from '../connection/database.ts';
import type { Session } from '../connection/session.ts';
import type { GroupLag } from './log-store.ts';
import { groupOf, memberKey } from './ownership.ts';
import { readLags } from './statements.ts';

/** A group that ever read a stream. The trimmer keeps for it what it has not read, however old. */
export interface LogReader {
  /** As the lag's label has it: `pipe:normaliser`, `drain:recorder`. */
  readonly consumer: string;
  readonly stream: string;
  /** Records from its position to the end, over all partitions. */
  readonly unread: number;
  readonly movedAt: Date;
  /** Whether a process is in the group now. */
  readonly isRunning: boolean;
}

/** A reader that may not be forgotten; the message says why, and what to do. */
export class ReaderKeptError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ReaderKeptError';
  }
}

export async function listReaders(database: Database): Promise<readonly LogReader[]> {
  return database.transaction(listIn);
}

/**
 * Removes the positions of a group that will not come back, so that the trimmer no longer waits for it.
 * `unread` is how many records the caller knows it to leave unread. If the group does come back, it begins
 * at the oldest record that is left. Throws ReaderKeptError if there is no such reader, a process is in
 * it, or it has more unread.
 */
export async function forgetReader(
  database: Database,
  consumer: string,
  unread: number,
): Promise<readonly LogReader[]> {
  return database.transaction(async (tx) => {
    const all = await listIn(tx);
    const readers = all.filter((reader) => reader.consumer === consumer);
    if (readers.length === 0) {
      const known = [...new Set(all.map((reader) => reader.consumer))].join(', ');
      const names = known === '' ? 'none' : known;
      throw new ReaderKeptError(`the event log has no reader '${consumer}'; known: ${names}`);
    }
    for (const { stream, isRunning } of readers) {
      if (isRunning)
        throw new ReaderKeptError(`'${consumer}' reads ${stream} now: stop its service first`);
    }
    const left = readers.reduce((sum, reader) => sum + reader.unread, 0);
    if (left > unread)
      throw new ReaderKeptError(
        `'${consumer}' has ${left} records unread, which would be removed without it: start its service, or pass --unread ${left}`,
      );
    await tx.execute('DELETE FROM event_log.positions WHERE consumer = $1', [consumer]);
    return readers;
  });
}

/** Nobody joins the groups that do not run before the transaction ends. */
async function listIn(tx: Session): Promise<readonly LogReader[]> {
  const readers: LogReader[] = [];
  for (const { consumer, stream, lag, movedAt } of await tx.query<GroupLag>(readLags)) {
    const key = memberKey(groupOf(consumer, stream));
    const [lock] = await tx.query<{ taken: boolean }>(
      'SELECT pg_try_advisory_xact_lock($1) AS taken',
      [key],
    );
    const isRunning = lock?.taken !== true;
    readers.push({ consumer, stream, unread: lag, movedAt, isRunning });
  }
  return readers;
}
