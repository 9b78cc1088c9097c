import type {
  ListedNotice,
  ListedNoticeMail,
  NoticeFilter,
  NoticeMailState,
  Page,
} from '@envigate/contracts';
import { groupBy } from '@envigate/domain';
import type { Database } from '../connection/database.ts';
import { Conditions, lookLimits, readPage, type LookLimits } from '../connection/looks.ts';
import type { Session } from '../connection/session.ts';

/** Newest first, with their mails. */
export function listNotices(
  session: Session,
  filter: NoticeFilter,
  limits: LookLimits = lookLimits,
): Promise<Page<ListedNotice, number>> {
  return readPage({
    limit: filter.limit,
    async findEnd() {
      const conditions = new Conditions();
      addPlace(filter, undefined, conditions);
      const [row] = await session.query<{ place: number }>(
        `SELECT n.notice_id AS place FROM notices n ${conditions.where}
         ORDER BY n.notice_id DESC OFFSET ${conditions.place(limits.maxLookedAt - 1)} LIMIT 1`,
        conditions.params,
      );
      return row && { place: row.place, isLast: false };
    },
    read: (end, limit) => readNotices(session, { ...filter, limit }, end),
    placeOf: ({ noticeId }) => noticeId,
  });
}

function addPlace(
  { after }: Pick<NoticeFilter, 'after'>,
  end: number | undefined,
  conditions: Conditions,
): void {
  conditions.given(after, (p) => `n.notice_id < ${p}`);
  conditions.given(end, (p) => `n.notice_id >= ${p}`);
}

async function readNotices(
  session: Session,
  filter: NoticeFilter,
  end: number | undefined,
): Promise<readonly ListedNotice[]> {
  const conditions = new Conditions();
  addPlace(filter, end, conditions);
  conditions
    .given(filter.station, (p) => `n.stations @> ARRAY[${p}]`)
    .given(filter.kind, (p) => `n.kind = ${p}`)
    .given(filter.from, (p) => `n.created_at >= ${p}`)
    .given(filter.to, (p) => `n.created_at < ${p}`)
    .given(
      filter.state,
      (p) =>
        `EXISTS (SELECT FROM notice_mails m WHERE m.notice_id = n.notice_id AND m.state = ${p})`,
    );
  const rows = await session.query<Omit<ListedNotice, 'mails'>>(
    `SELECT n.notice_id AS "noticeId", n.code, n.kind, n.audience, n.stations,
            n.created_at AS "createdAt"
     FROM notices n ${conditions.where}
     ORDER BY n.notice_id DESC LIMIT ${conditions.place(filter.limit)}`,
    conditions.params,
  );
  const mails = await readMails(
    session,
    rows.map(({ noticeId }) => noticeId),
  );
  return rows.map((row) => ({ ...row, mails: mails.get(row.noticeId) ?? [] }));
}

interface MailRow extends Omit<ListedNoticeMail, 'decision'> {
  readonly noticeId: number;
  readonly decision: 'resend' | 'cancel' | null;
  readonly actor: string;
  readonly note: string;
  readonly decidedAt: Date;
}

async function readMails(
  session: Session,
  noticeIds: readonly number[],
): Promise<ReadonlyMap<number, readonly ListedNoticeMail[]>> {
  if (noticeIds.length === 0) return new Map();
  const rows = await session.query<MailRow>(
    `SELECT notice_id AS "noticeId", mail_id AS "mailId", recipient, address, subject,
            message_id AS "messageId", state, attempts, in_doubt AS "inDoubt", answer,
            CASE WHEN state = 'due' THEN next_attempt_at END AS "nextAttemptAt", ended_at AS "endedAt",
            decision, decided_by AS actor, decision_note AS note, decided_at AS "decidedAt"
     FROM notice_mails WHERE notice_id = ANY($1) ORDER BY mail_id`,
    [noticeIds],
  );
  const byNotice = groupBy(rows, ({ noticeId }) => noticeId);
  return new Map(Array.from(byNotice, ([noticeId, own]) => [noticeId, own.map(listedMail)]));
}

function listedMail(row: MailRow): ListedNoticeMail {
  const { noticeId: _noticeId, decision, actor, note, decidedAt, ...mail } = row;
  return { ...mail, decision: decision === null ? null : { decision, actor, note, decidedAt } };
}

/** A notice with its words, as they went to its first recipient. */
export interface NoticeWords extends ListedNotice {
  readonly text: string;
}

/** By its code; undefined where there is none. */
export async function readNotice(session: Session, code: string): Promise<NoticeWords | undefined> {
  const [row] = await session.query<Omit<NoticeWords, 'mails'>>(
    `SELECT n.notice_id AS "noticeId", n.code, n.kind, n.audience, n.stations,
            n.created_at AS "createdAt",
            coalesce((SELECT m.text_body FROM notice_mails m WHERE m.notice_id = n.notice_id
                      ORDER BY m.mail_id LIMIT 1), '') AS text
     FROM notices n WHERE n.code = $1`,
    [code],
  );
  if (row === undefined) return undefined;
  const mails = await readMails(session, [row.noticeId]);
  return { ...row, mails: mails.get(row.noticeId) ?? [] };
}

export interface NoticeDecision {
  readonly decision: 'resend' | 'cancel';
  /** The notice's code. */
  readonly code: string;
  /** Of one recipient; undefined: of all. */
  readonly address: string | undefined;
  readonly actor: string;
  readonly note: string;
}

/** What can be decided about; a mail that is being sent ends first. */
const decidable: Readonly<Record<NoticeDecision['decision'], readonly NoticeMailState[]>> = {
  resend: ['sent', 'refused', 'failed', 'cancelled'],
  cancel: ['due', 'refused', 'failed'],
};

/**
 * Has mails sent again, each as a mail of its own (a new Message-ID: the recipient's program would hide a
 * second copy), or not sent at all. Returns how many of the notice's mails were decided so.
 */
export function decideNoticeMails(database: Database, decision: NoticeDecision): Promise<number> {
  const { code, address, actor, note } = decision;
  const change =
    decision.decision === 'cancel'
      ? `state = 'cancelled', ended_at = now()`
      : `state = 'due', due_since = now(), next_attempt_at = now(), wait_seconds = 0, ended_at = NULL,
         in_doubt = false, resends = resends + 1,
         message_id = regexp_replace(message_id, '(\\.r[0-9]+)?@', '.r' || (resends + 1) || '@')`;
  return database.execute(
    `UPDATE notice_mails
     SET ${change}, decision = $4, decided_by = $5, decision_note = $6, decided_at = now()
     WHERE notice_id = (SELECT notice_id FROM notices WHERE code = $1)
       AND ($2::text IS NULL OR address = $2) AND state = ANY($3)`,
    [code, address ?? null, decidable[decision.decision], decision.decision, actor, note],
  );
}
