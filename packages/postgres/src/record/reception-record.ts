import type { ReceptionRecord, SequenceRange } from '@envigate/domain';
import type { Session } from '../connection/session.ts';

export function receptionRecord(session: Session): ReceptionRecord {
  return {
    async missing(spoolId, from, to) {
      return session.query<SequenceRange>(selectMissing, [spoolId, from, to]);
    },
    async last(spoolId) {
      const [row] = await session.query<{ last: number }>(
        `SELECT greatest(
           (SELECT max(spool_sequence) FROM receptions WHERE spool_id = $1),
           (SELECT max(spool_sequence) FROM undecodable_messages
            WHERE spool_id = $1 AND consumer = 'recorder'), 0) AS last`,
        [spoolId],
      );
      return row?.last ?? 0;
    },
  };
}

// The holes between neighbours, with the two ends as if they were known.
const selectMissing = `
  WITH known AS (
    SELECT spool_sequence AS sequence FROM receptions
    WHERE spool_id = $1 AND spool_sequence BETWEEN $2 AND $3
    UNION
    SELECT spool_sequence FROM undecodable_messages
    WHERE spool_id = $1 AND spool_sequence BETWEEN $2 AND $3 AND consumer = 'recorder'
    UNION ALL SELECT $2::bigint - 1
    UNION ALL SELECT $3::bigint + 1
  ), neighbours AS (
    SELECT sequence, lag(sequence) OVER (ORDER BY sequence) AS previous FROM known
  )
  SELECT previous + 1 AS "from", sequence - 1 AS "to" FROM neighbours
  WHERE sequence - previous > 1 ORDER BY sequence`;
