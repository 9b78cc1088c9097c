import { withAnswerToken } from '@envigate/domain';
import type {
  BegunMail,
  DeviceState,
  GapNews,
  MailResult,
  NewNotice,
  NotedCondition,
  NoticeBacklog,
  OpenQuestion,
  RecordedNotice,
  WatchedGap,
} from '@envigate/domain';
import type { EarlierLog, LogPartition, StoredRecord } from '@envigate/event-log';
import { advisoryLockKey, type AdvisoryLock, type Database } from '../connection/database.ts';
import { statement } from '../connection/session.ts';
import {
  keepUndecodable,
  lockSinkPosition,
  moveSinkPosition,
  readEarlierLog,
  takeSinkPosition,
  type SinkMove,
} from '../sinks/sink-positions.ts';
import { makeAnswerTokens } from '../gap-records/answer-tokens.ts';
import { applyConditions, type ConditionPlan } from './notice-conditions.ts';
import { countReadings, readDeviceStates } from './notice-facts.ts';
import { applyNews, prunePicture, readLastFiles, readPicture } from './notice-gaps.ts';
import { readOpenQuestions } from './open-questions.ts';
import { recordNotice, withoutKnown } from './record-notice.ts';

/**
 * Picture, plan and outbox of the notifier. A mail is due, sending, then sent, refused, failed or cancelled;
 * `sending` without a sender at work may have arrived.
 */
export interface NoticeStore {
  position(consumer: string, partition: LogPartition): Promise<number | undefined>;
  earlierLog(
    consumer: string,
    stream: Pick<LogPartition, 'log' | 'stream'>,
  ): Promise<EarlierLog | undefined>;
  /** False where the same message is kept already. */
  keepUndecodable(move: SinkMove, record: StoredRecord, error: string): Promise<boolean>;
  /** Puts news into the picture and moves the position, in one transaction. Returns how many were new. */
  hear(move: SinkMove, news: readonly GapNews[]): Promise<number>;
  /**
   * Has notices decided from the picture and from questions that no mail was made of, and records those whose
   * event is new, with their mails, in one transaction that no other planning overlaps. `at` is the time that is
   * noted.
   */
  plan(
    at: Date,
    domain: string,
    decide: (
      picture: readonly WatchedGap[],
      questions: readonly OpenQuestion[],
    ) => readonly NewNotice[],
  ): Promise<readonly RecordedNotice[]>;
  /** Whether a notice about this event was made. */
  isRecorded(eventKey: string): Promise<boolean>;
  /** Readings of each parameter of each station from `from` on, before `to`. */
  countReadings(from: Date, to: Date): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>>;
  /** What devices report of themselves, of each parameter that has readings in that time. */
  deviceStates(from: Date, to: Date): Promise<readonly DeviceState[]>;
  /** The same as `plan`, from the conditions of devices that were announced. */
  planConditions(
    at: Date,
    domain: string,
    decide: (noted: readonly NotedCondition[]) => ConditionPlan,
  ): Promise<readonly RecordedNotice[]>;
  /** Held by the one process that sends; undefined where another has it. */
  lockSending(): Promise<AdvisoryLock | undefined>;
  /** For whoever has just taken the lock: what was being sent may have arrived. Returns how many mails. */
  takeOver(): Promise<number>;
  /** The next mails that are due, `limit` at most. */
  begin(limit: number): Promise<readonly BegunMail[]>;
  /** What became of them; undefined where the mail is not in this attempt any more. */
  record(
    begun: BegunMail,
    result: MailResult,
    giveUpHours: number,
  ): Promise<'due' | 'sent' | 'refused' | 'failed' | undefined>;
  backlog(): Promise<NoticeBacklog>;
  prune(): Promise<void>;
}

/** A mail is not given up before so many attempts, however old it looks: a clock may have been ahead. */
const leastAttempts = 5;

export function noticeStore(database: Database): NoticeStore {
  return {
    position: (consumer, partition) => takeSinkPosition(database, consumer, partition),
    earlierLog: (consumer, stream) => readEarlierLog(database, consumer, stream),
    keepUndecodable: (move, record, error) => keepUndecodable(database, move, record, error),

    hear(move, news) {
      return database.transaction(async (tx) => {
        await lockSinkPosition(tx, move);
        const applied = await applyNews(tx, news);
        await moveSinkPosition(tx, move);
        return applied;
      });
    },

    plan(at, domain, decide) {
      return database.transaction(async (tx) => {
        await tx.execute('SELECT pg_advisory_xact_lock($1)', [planningLock]);
        const wished = decide(await readPicture(tx, at), await readOpenQuestions(tx));
        const notices = await withoutKnown(tx, wished);
        const stations = new Set(notices.flatMap((notice) => notice.stations));
        const lastFiles = await readLastFiles(tx, [...stations]);
        const recorded: RecordedNotice[] = [];
        for (const notice of notices)
          recorded.push(await recordNotice(tx, notice, { at, domain, lastFiles }));
        return recorded;
      });
    },

    async isRecorded(eventKey) {
      const rows = await database.query('SELECT FROM notices WHERE event_key = $1', [eventKey]);
      return rows.length > 0;
    },

    countReadings: (from, to) => countReadings(database, from, to),
    deviceStates: (from, to) => readDeviceStates(database, from, to),

    planConditions(at, domain, decide) {
      return database.transaction(async (tx) => {
        await tx.execute('SELECT pg_advisory_xact_lock($1)', [planningLock]);
        return applyConditions(tx, decide, { at, domain, lastFiles: new Map() });
      });
    },

    lockSending: () => database.advisoryLock('notifier: sending'),

    takeOver: () =>
      database.execute(
        `UPDATE notice_mails SET state = 'due', in_doubt = true, next_attempt_at = now(), wait_seconds = 0
         WHERE state = 'sending'`,
      ),

    async begin(limit) {
      const [rows, tokens] = await database.transaction(async (tx) => {
        const begun = await tx.query<BegunRow>(beginStatement, [limit]);
        return [
          begun,
          await makeAnswerTokens(
            tx,
            begun.map(({ mailId }) => mailId),
          ),
        ] as const;
      });
      const complete = (words: string, mailId: number): string => {
        const token = tokens.get(mailId);
        return token === undefined ? words : withAnswerToken(words, token);
      };
      return rows.map(({ recipient, address, messageId, ...row }) => ({
        ...{ mailId: row.mailId, attempt: row.attempt, code: row.code, kind: row.kind },
        inDoubt: row.inDoubt,
        mail: {
          ...{ messageId, to: { name: recipient ?? undefined, address } },
          ...{ subject: row.subject, date: row.date },
          text: complete(row.text, row.mailId),
          html: complete(row.html, row.mailId),
        },
      }));
    },

    async record({ mailId, attempt }, result, giveUpHours) {
      const isLater = result.kind === 'later';
      const [row] = await database.query<{ state: 'due' | 'sent' | 'refused' | 'failed' }>(
        recordStatement,
        [
          ...[mailId, attempt, result.kind, storable(result.answer)],
          ...[isLater && result.mayHaveArrived, isLater ? result.waitSeconds : 0],
          ...[giveUpHours, leastAttempts],
        ],
      );
      return row?.state;
    },

    async backlog() {
      const [row] = await database.query<BacklogRow>(
        `SELECT (SELECT count(*) FROM notice_mails WHERE state IN ('due', 'sending')) AS due,
                (SELECT greatest(0, extract(epoch FROM now() - min(due_since)))::float8
                 FROM notice_mails WHERE state IN ('due', 'sending')) AS "oldestDueSeconds",
                (SELECT count(*) FROM notice_mails WHERE state IN ('refused', 'failed')) AS "forAPerson",
                (SELECT extract(epoch FROM now() - max(ended_at))::float8
                 FROM notice_mails WHERE state = 'sent') AS "lastSentSeconds"`,
      );
      return {
        due: row?.due ?? 0,
        oldestDueSeconds: row?.oldestDueSeconds ?? 0,
        forAPerson: row?.forAPerson ?? 0,
        lastSentSeconds: row?.lastSentSeconds ?? undefined,
      };
    },

    prune: () => prunePicture(database),
  };
}

const planningLock = advisoryLockKey('notifier: planning');

interface BegunRow {
  readonly mailId: number;
  readonly attempt: number;
  readonly code: string;
  readonly kind: string;
  readonly inDoubt: boolean;
  readonly messageId: string;
  readonly recipient: string | null;
  readonly address: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly date: Date;
}

interface BacklogRow {
  readonly due: number;
  readonly oldestDueSeconds: number | null;
  readonly forAPerson: number;
  readonly lastSentSeconds: number | null;
}

const beginStatement = statement(
  'notice-mails-begin',
  `UPDATE notice_mails mail SET state = 'sending', attempts = attempts + 1
   FROM notices notice
   WHERE notice.notice_id = mail.notice_id AND mail.mail_id IN (
     SELECT mail_id FROM notice_mails
     WHERE state = 'due'
       -- Further away than its wait: the time was noted while the clock was ahead.
       AND (next_attempt_at <= now() OR next_attempt_at > now() + wait_seconds * interval '1 second')
     ORDER BY next_attempt_at, mail_id LIMIT $1 FOR UPDATE SKIP LOCKED)
   RETURNING mail.mail_id AS "mailId", mail.attempts AS attempt, notice.code, notice.kind,
             mail.in_doubt AS "inDoubt", mail.message_id AS "messageId", mail.recipient, mail.address,
             mail.subject, mail.text_body AS text, mail.html_body AS html, mail.created_at AS date`,
);

const recordStatement = statement(
  'notice-mail-record',
  `UPDATE notice_mails
   SET state = CASE WHEN $3 <> 'later' THEN $3
                    WHEN attempts >= $8 AND due_since < now() - $7 * interval '1 hour' THEN 'failed'
                    ELSE 'due' END,
       answer = $4, in_doubt = in_doubt OR $5, wait_seconds = $6,
       next_attempt_at = now() + $6 * interval '1 second',
       ended_at = CASE WHEN $3 <> 'later'
                         OR (attempts >= $8 AND due_since < now() - $7 * interval '1 hour') THEN now() END
   WHERE mail_id = $1 AND attempts = $2 AND state = 'sending'
   RETURNING state`,
);

/** PostgreSQL's text cannot hold NUL; an answer of a server is cut to what a person reads. */
function storable(text: string): string {
  return text.replaceAll('\0', '').slice(0, 1_000);
}
