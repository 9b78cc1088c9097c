import type { Session } from '../connection/session.ts';
import { keepQuarantine, type QuarantineRow } from './quarantine.ts';

/**
 * Brings a file's open rows of quarantine to what its replay says. A row for the same reason stays
 * open as it is; one for another reason ends and another begins; what was understood ends.
 */
export async function resolveQuarantine(
  tx: Session,
  receptionId: string,
  fileNo: number,
  now: readonly QuarantineRow[],
): Promise<void> {
  const open = await tx.query<OpenRow>(
    `SELECT quarantine_id AS id, scope, reason, line FROM quarantine
     WHERE file_no = $1 AND resolved_at IS NULL FOR UPDATE`,
    [fileNo],
  );
  const places = new Set(now.map(placeOf));
  const reasons = new Set(now.map(reasonOf));
  const ended = open.filter((row) => !reasons.has(reasonKey(row)));
  if (ended.length > 0) {
    await tx.execute(
      `UPDATE quarantine SET resolved_at = now(), resolved_by = $1, resolution = ended.resolution
       FROM unnest($2::bigint[], $3::text[]) AS ended (quarantine_id, resolution)
       WHERE quarantine.quarantine_id = ended.quarantine_id`,
      [
        receptionId,
        ended.map(({ id }) => id),
        ended.map((row) => (places.has(placeKey(row)) ? 'other-reason' : 'understood')),
      ],
    );
  }
  const stays = new Set(open.map(reasonKey));
  await keepQuarantine(
    tx,
    now.filter((row) => !stays.has(reasonOf(row))),
  );
}

interface OpenRow {
  readonly id: number;
  readonly scope: 'file' | 'line';
  readonly reason: string;
  readonly line: number | null;
}

const placeKey = ({ scope, line }: OpenRow): string => `${scope}/${line ?? ''}`;
const reasonKey = (row: OpenRow): string => `${placeKey(row)}/${row.reason}`;

const placeOf = ({ line }: QuarantineRow): string =>
  line === undefined ? 'file/' : `line/${line.line}`;
const reasonOf = (row: QuarantineRow): string => `${placeOf(row)}/${row.reason}`;
