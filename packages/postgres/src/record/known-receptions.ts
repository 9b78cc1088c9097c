import type { Reception } from '@envigate/contracts';
import { statement, type Session } from '../connection/session.ts';

interface Received {
  readonly reception: Reception;
}

/**
 * The files without those whose reception the ledger has, or that stand before them already: the
 * event log handed such a message over again, as it may after it was replaced, put back or has
 * forgotten a position. Only the very same reception counts: an id that comes with another spool or
 * sequence is a fault, on which the ledger's unique keys insist.
 */
export async function withoutKnown<F extends Received>(
  tx: Session,
  files: readonly F[],
): Promise<readonly F[]> {
  const rows = await tx.query<{ name: string }>(selectKnown, [
    files.map(({ reception }) => reception.receptionId),
  ]);
  const known = new Set(rows.map(({ name }) => name));
  return files.filter(({ reception }) => {
    const name = nameOf(reception);
    if (known.has(name)) return false;
    known.add(name);
    return true;
  });
}

function nameOf({ receptionId, spoolId, spoolSequence }: Reception): string {
  return `${receptionId} ${spoolSequence} ${spoolId}`;
}

const selectKnown = statement(
  'receptions-known',
  `SELECT concat_ws(' ', reception_id, spool_sequence, spool_id) AS name FROM receptions
   WHERE reception_id = ANY($1::text[])`,
);
