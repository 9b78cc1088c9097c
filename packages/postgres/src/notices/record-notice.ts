import { renderMail, type NewNotice, type RecordedNotice } from '@envigate/domain';
import type { Session } from '../connection/session.ts';

export interface RecordingPlace {
  /** The time that is noted. */
  readonly at: Date;
  /** Message-IDs end with it. */
  readonly domain: string;
  /** The newest file of each station. */
  readonly lastFiles: ReadonlyMap<string, string>;
}

/** Those whose event is not recorded yet. */
export async function withoutKnown(
  tx: Session,
  notices: readonly NewNotice[],
): Promise<readonly NewNotice[]> {
  if (notices.length === 0) return [];
  const keys = notices.map(({ eventKey }) => eventKey);
  const rows = await tx.query<{ key: string }>(
    'SELECT event_key AS key FROM notices WHERE event_key = ANY($1)',
    [keys],
  );
  const known = new Set(rows.map(({ key }) => key));
  return notices.filter(({ eventKey }) => !known.has(eventKey));
}

/** A notice with its mails. Under the planning lock: nobody else counts numbers or notes steps meanwhile. */
export async function recordNotice(
  tx: Session,
  notice: NewNotice,
  { at, domain, lastFiles }: RecordingPlace,
): Promise<RecordedNotice & { readonly noticeId: number }> {
  const { eventKey, kind, audience, stations, steps, recipients, answerUntil, about = [] } = notice;
  const code = await nextCode(tx, at);
  const [row] = await tx.query<{ noticeId: number }>(
    `INSERT INTO notices (code, event_key, kind, audience, stations) VALUES ($1, $2, $3, $4, $5)
     RETURNING notice_id AS "noticeId"`,
    [code, eventKey, kind, audience, stations],
  );
  if (row === undefined) throw new Error(`notice ${code} was not inserted`);
  const { noticeId } = row;
  await tx.execute(
    `INSERT INTO notice_steps (gap_id, step, audience, notice_id, noted_at)
     SELECT gap_id, step, $3, $4, $5 FROM unnest($1::bigint[], $2::text[]) AS given (gap_id, step)`,
    [steps.map(({ gapId }) => gapId), steps.map(({ step }) => step), audience, noticeId, at],
  );
  await tx.execute(noteGaps, [noticeId, at, steps.map(({ gapId }) => gapId)]);
  for (const { station, kind: gapKind, parameter, from, to } of about) {
    const until = new Date(to ?? at.getTime());
    await tx.execute(noteStretch, [
      noticeId,
      station,
      gapKind,
      parameter ?? null,
      new Date(from),
      until,
    ]);
  }
  const content = notice.write(code, lastFiles);
  for (const [i, { name, address, language }] of recipients.entries()) {
    const { subject, text, html } = renderMail(content, language);
    const [mail] = await tx.query<{ mailId: number }>(
      `INSERT INTO notice_mails (notice_id, recipient, address, message_id, subject, text_body, html_body)
       VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING mail_id AS "mailId"`,
      [noticeId, name ?? null, address, `<${code}.${i + 1}@${domain}>`, subject, text, html],
    );
    if (answerUntil !== undefined)
      await tx.execute(
        'INSERT INTO answer_links (notice_id, mail_id, expires_at) VALUES ($1, $2, $3)',
        [noticeId, mail?.mailId, answerUntil],
      );
  }
  return { noticeId, code, kind, audience, stations, mails: recipients.length };
}

/** GD-2026-000123: numbers of a year on the clock of Vietnam, without a gap. */
async function nextCode(tx: Session, at: Date): Promise<string> {
  const [row] = await tx.query<{ year: number; number: number }>(
    `INSERT INTO notice_numbers (year, last_number)
     VALUES (extract(year FROM $1::timestamptz AT TIME ZONE 'Etc/GMT-7')::int, 1)
     ON CONFLICT (year) DO UPDATE SET last_number = notice_numbers.last_number + 1
     RETURNING year, last_number AS number`,
    [at],
  );
  if (row === undefined) throw new Error('no number for a notice');
  return `GD-${row.year}-${String(row.number).padStart(6, '0')}`;
}

/** What the notice is about, for as long as the notice is kept. */
const noteStretch = `
  INSERT INTO notice_stretches (notice_id, station, gap_kind, parameter, from_instant, to_instant)
  VALUES ($1, $2, $3, $4, $5, $6)`;
const noteGaps = `
  INSERT INTO notice_stretches (notice_id, station, gap_kind, parameter, from_instant, to_instant)
  SELECT $1, station, kind, parameter, from_instant,
         greatest(coalesce(to_instant, $2), from_instant + interval '1 ms')
  FROM notice_gaps WHERE gap_id = ANY($3::bigint[])`;
