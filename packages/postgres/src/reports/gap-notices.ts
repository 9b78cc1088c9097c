import type { GapKind, InterruptionNotice } from '@envigate/domain';
import { groupBy } from '@envigate/domain';
import { statement, type Session } from '../connection/session.ts';

interface NotedGap {
  readonly gapId: number;
  readonly station: string;
  readonly kind: GapKind;
  readonly parameter: string | undefined;
  readonly from: number;
}

interface NoticeRow extends Omit<InterruptionNotice, 'recipient'> {
  readonly gapId: number;
  readonly recipient: string | null;
}

/** The mails about gaps that were sent, in the order in which they were. */
export async function readGapNotices(
  session: Session,
  gaps: readonly NotedGap[],
): Promise<ReadonlyMap<number, readonly InterruptionNotice[]>> {
  if (gaps.length === 0) return new Map();
  const rows = await session.query<NoticeRow>(selectNotices, [
    gaps.map(({ gapId }) => gapId),
    gaps.map(({ station }) => station),
    gaps.map(({ kind }) => kind),
    gaps.map(({ parameter }) => parameter ?? ''),
    gaps.map(({ from }) => new Date(from)),
  ]);
  const sent = groupBy(rows, ({ gapId }) => gapId);
  return new Map(
    [...sent].map(([gapId, of]) => [
      gapId,
      of.map(({ gapId: _, recipient, ...notice }) => ({
        ...notice,
        recipient: recipient ?? undefined,
      })),
    ]),
  );
}

const selectNotices = statement(
  'report-gap-notices',
  `SELECT DISTINCT given.gap_id AS "gapId", notice.code, mail.ended_at AS "sentAt", mail.recipient, notice.audience
   FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
          AS given (gap_id, station, kind, parameter, from_instant)
   JOIN notice_gaps gap ON gap.station = given.station AND gap.from_instant = given.from_instant
     AND NOT gap.is_filled AND gap.kind = given.kind AND coalesce(gap.parameter, '') = given.parameter
   JOIN notice_steps step ON step.gap_id = gap.gap_id
   JOIN notices notice USING (notice_id)
   JOIN notice_mails mail ON mail.notice_id = notice.notice_id AND mail.state = 'sent'
   ORDER BY given.gap_id, mail.ended_at, notice.code`,
);
