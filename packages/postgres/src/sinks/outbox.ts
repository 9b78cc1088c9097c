import { randomUUID } from 'node:crypto';
import type { OutboxReader, OutboxRecord, OutgoingRecord, StreamName } from '@envigate/event-log';
import type { Database } from '../connection/database.ts';
import { statement, type Session } from '../connection/session.ts';

/**
 * Writes events in the transaction of their cause; a relay publishes them after its commit. Records
 * of one key keep the order in which their transactions took the lock that they have in common.
 */
export async function insertOutbox(tx: Session, records: readonly OutgoingRecord[]): Promise<void> {
  if (records.length === 0) return;
  await tx.execute(insertStatement, [
    records.map((record) => record.stream),
    records.map((record) => record.key),
    records.map((record) => record.id),
    records.map((record) => Buffer.from(record.value)),
  ]);
}

const insertStatement = statement(
  'outbox-insert',
  `INSERT INTO outbox (stream, key, record_id, value)
   SELECT stream, key, record_id, value
   FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[])
        WITH ORDINALITY AS given (stream, key, record_id, value, place)
   ORDER BY place`,
);

/**
 * Where a relay reads the events of one stream. It claims the stream before each step, once a second at least.
 * `leaseSeconds` after its last claim another may relay, as where it was killed. One that was only slow
 * is fenced by the feed: nothing is published twice.
 */
export function outboxReader(
  database: Database,
  stream: StreamName,
  leaseSeconds = 5,
): OutboxReader {
  const holder = randomUUID();
  return {
    async claim() {
      const claimed = await database.execute(claimStatement, [stream, holder, leaseSeconds]);
      return claimed > 0;
    },
    async read(position, limit) {
      const numbered = await readNumbered(database, stream, position, limit);
      if (numbered.length === limit || !(await hasUnnumbered(database, stream))) return numbered;
      await numberRecords(database, stream, position, limit);
      return readNumbered(database, stream, position, limit);
    },
    async forget(position) {
      await database.execute('DELETE FROM outbox WHERE stream = $1 AND feed_sequence <= $2', [
        stream,
        position,
      ]);
    },
    async release() {
      await database.execute(
        'UPDATE outbox_relays SET held_until = now() WHERE stream = $1 AND holder = $2',
        [stream, holder],
      );
    },
  };
}

const claimStatement = statement(
  'outbox-claim',
  `INSERT INTO outbox_relays (stream, holder, held_until)
   VALUES ($1, $2, now() + make_interval(secs => $3))
   ON CONFLICT (stream) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
   WHERE outbox_relays.holder = excluded.holder OR outbox_relays.held_until <= now()
      -- No lease is that long: it was taken while the clock was ahead.
      OR outbox_relays.held_until > excluded.held_until + interval '1 minute'`,
);

const readStatement = statement(
  'outbox-read',
  `SELECT feed_sequence, key, record_id, value FROM outbox
   WHERE stream = $1 AND feed_sequence > $2 ORDER BY feed_sequence LIMIT $3`,
);

async function readNumbered(
  session: Session,
  stream: StreamName,
  position: number,
  limit: number,
): Promise<readonly OutboxRecord[]> {
  const rows = await session.query<{
    feed_sequence: number;
    key: string;
    record_id: string;
    value: Buffer;
  }>(readStatement, [stream, position, limit]);
  return rows.map(({ feed_sequence: sequence, key, record_id: id, value }) => ({
    sequence,
    record: { stream, key, id, value },
  }));
}

async function hasUnnumbered(session: Session, stream: StreamName): Promise<boolean> {
  const rows = await session.query(
    'SELECT FROM outbox WHERE stream = $1 AND feed_sequence IS NULL LIMIT 1',
    [stream],
  );
  return rows.length > 0;
}

/**
 * Numbers are given here and not when a row is written, because transactions commit in another
 * order than they write: a number handed out early could become visible after a later one was
 * published, and be lost. The relay's row is locked, so that numbers become visible in order.
 */
async function numberRecords(
  database: Database,
  stream: StreamName,
  above: number,
  limit: number,
): Promise<void> {
  await database.transaction(async (tx) => {
    // Never at or below the feed's position, should this database be younger than the event log.
    const [relay] = await tx.query<{ last_sequence: number }>(
      `UPDATE outbox_relays SET last_sequence = greatest(last_sequence, $2)
       WHERE stream = $1 RETURNING last_sequence`,
      [stream, above],
    );
    if (relay === undefined) throw new Error(`outbox of ${stream} was never claimed`);
    const numbered = await tx.execute(
      `UPDATE outbox SET feed_sequence = $2 + next.place
       FROM (SELECT outbox_id, row_number() OVER (ORDER BY outbox_id) AS place FROM outbox
             WHERE stream = $1 AND feed_sequence IS NULL ORDER BY outbox_id LIMIT $3) AS next
       WHERE outbox.outbox_id = next.outbox_id`,
      [stream, relay.last_sequence, limit],
    );
    await tx.execute(
      'UPDATE outbox_relays SET last_sequence = last_sequence + $2 WHERE stream = $1',
      [stream, numbered],
    );
  });
}
