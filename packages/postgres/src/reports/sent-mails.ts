import { groupBy, type InterruptionNotice } from '@envigate/domain';
import { statement, type Session } from '../connection/session.ts';

interface MailRow extends Omit<InterruptionNotice, 'recipient'> {
  readonly recipient: string | null;
}

/** The mails of notices that were sent, by the code of the notice, in the order in which they were. */
export async function readSentMails(
  session: Session,
  codes: readonly string[],
): Promise<ReadonlyMap<string, readonly InterruptionNotice[]>> {
  if (codes.length === 0) return new Map();
  const rows = await session.query<MailRow>(selectMails, [[...new Set(codes)]]);
  const sent = rows.map(({ recipient, ...mail }) => ({
    ...mail,
    recipient: recipient ?? undefined,
  }));
  return groupBy(sent, ({ code }) => code);
}

const selectMails = statement(
  'report-sent-mails',
  `SELECT notice.code, mail.ended_at AS "sentAt", mail.recipient, notice.audience
   FROM notices notice JOIN notice_mails mail USING (notice_id)
   WHERE notice.code = ANY($1) AND mail.state = 'sent'
   ORDER BY mail.ended_at, mail.mail_id`,
);
