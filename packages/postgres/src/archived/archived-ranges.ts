import type { ReceptionCounts, SequenceRange } from '@envigate/domain';
import { statement, type Session } from '../connection/session.ts';
import { absentStates } from './archived-months.ts';

/** Links of a chain that are in an archive, as the database knows them. */
export interface ArchivedLinks {
  readonly month: string;
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
  /** Hexadecimal; of the link before `from`, and of `to`. */
  readonly hashBefore: string;
  readonly hashAfter: string;
  readonly counts: ReceptionCounts;
}

const linkColumns = `name AS month, from_sequence AS from, to_sequence AS to, encode(hash_before, 'hex') AS "hashBefore",
  encode(hash_after, 'hex') AS "hashAfter", counts`;
const links = `archived_links JOIN archived_months USING (archive_id)`;

const selectLinks = statement(
  'archived-links',
  `SELECT ${linkColumns} FROM ${links}
   WHERE chain = $1 AND to_sequence > $2 AND from_sequence <= $3 AND state IN ${absentStates}
   ORDER BY from_sequence LIMIT $4`,
);

/** Archived ranges that touch the sequences behind `after` up to `to`, in their order. */
export function readArchivedLinks(
  session: Session,
  chain: string,
  after: number,
  to: number,
  most: number,
): Promise<readonly ArchivedLinks[]> {
  return session.query<ArchivedLinks>(selectLinks, [chain, after, to, most]);
}

/** The range that has a link of a chain. */
export async function findArchivedLink(
  session: Session,
  chain: string,
  sequence: number,
): Promise<ArchivedLinks | undefined> {
  const [range] = await readArchivedLinks(session, chain, sequence - 1, sequence, 1);
  return range;
}

/** Archived sequences of a spool among those behind `after` up to `to`, in their order. */
export async function readArchivedSequences(
  session: Session,
  spoolId: string,
  after: number,
  to: number,
): Promise<readonly SequenceRange[]> {
  return session.query<SequenceRange>(selectSequences, [spoolId, after, to]);
}

const selectSequences = statement(
  'archived-sequences',
  `SELECT greatest(from_sequence, $2::bigint + 1) AS from, least(to_sequence, $3::bigint) AS to
   FROM archived_sequences JOIN archived_months USING (archive_id)
   WHERE spool_id = $1 AND to_sequence > $2 AND from_sequence <= $3 AND state IN ${absentStates}
   ORDER BY from_sequence`,
);

/** Spools of which something is in an archive, and their last sequences there. */
export function listArchivedSpools(
  session: Session,
): Promise<readonly { readonly spoolId: string; readonly last: number }[]> {
  return session.query(
    `SELECT spool_id AS "spoolId", max(to_sequence) AS last
     FROM archived_sequences JOIN archived_months USING (archive_id)
     WHERE state IN ${absentStates} GROUP BY spool_id`,
  );
}

/** The parts of ranges that lie in none of the others; both in their order. */
export function subtractRanges(
  ranges: readonly SequenceRange[],
  others: readonly SequenceRange[],
): readonly SequenceRange[] {
  let left = ranges;
  for (const other of others)
    left = left.flatMap(({ from, to }) => {
      if (other.to < from || other.from > to) return [{ from, to }];
      return [
        ...(from < other.from ? [{ from, to: other.from - 1 }] : []),
        ...(to > other.to ? [{ from: other.to + 1, to }] : []),
      ];
    });
  return left;
}

export function sizeOfRanges(ranges: readonly SequenceRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);
}
