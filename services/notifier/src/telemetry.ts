import { event, type Gauges } from '@envigate/runtime';

interface MailLabels {
  /** Of the notice: GD-2026-000123. */
  readonly code: string;
  readonly kind: string;
  readonly mailId: number;
  readonly attempt: number;
  /** What the server said. */
  readonly answer: string;
}

export const events = {
  'notices-off': event({
    level: 'info',
    message: 'notices are off: no mail server is configured (notifier.smtp.host)',
  }),
  'notice-planned': event<{
    code: string;
    kind: string;
    audience: string;
    stations: number;
    mails: number;
  }>({
    level: 'info',
    message: 'notice is due',
    counters: [
      {
        name: 'envigate_notices_total',
        help: 'Notices that fell due, by kind.',
        labels: ['kind'],
      },
    ],
  }),
  'notice-mail-sent': event<MailLabels & { inDoubt: boolean }>({
    level: 'info',
    message: 'notice sent: the mail server took it',
    counters: [
      { name: 'envigate_notice_mails_sent_total', help: 'Mails that the mail server took.' },
    ],
  }),
  'notice-mail-refused': event<MailLabels>({
    level: 'error',
    message:
      'notice refused by the mail server for ever; see `envigate notices list --state refused`',
    counters: [
      {
        name: 'envigate_notice_mails_refused_total',
        help: 'Mails that the mail server refused for ever: a person has to act.',
      },
    ],
  }),
  'notice-mail-delayed': event<MailLabels & { mayHaveArrived: boolean; retryInSeconds: number }>({
    level: 'warn',
    message: 'notice could not be sent; it will be tried again',
    counters: [
      {
        name: 'envigate_notice_mail_failures_total',
        help: 'Failed attempts to send a mail; each is repeated.',
      },
    ],
  }),
  'notice-mail-given-up': event<MailLabels>({
    level: 'error',
    message:
      'notice given up after notifier.giveUpHours; see `envigate notices list --state failed`',
    counters: [
      {
        name: 'envigate_notice_mails_given_up_total',
        help: 'Mails that could not be sent in time: a person has to act.',
      },
    ],
  }),
  'notice-mails-in-doubt': event<{ mails: number }>({
    level: 'warn',
    message:
      'mails were being sent when their process ended: they may have arrived, and are sent again with the same Message-ID',
    counters: [
      {
        name: 'envigate_notice_mails_in_doubt_total',
        help: 'Mails that are sent again although they may have arrived.',
        by: ({ mails }) => mails,
      },
    ],
  }),
  'notice-result-overtaken': event<{ code: string; mailId: number; attempt: number }>({
    level: 'warn',
    message: 'another notifier has taken this mail over; the result was not recorded',
    counters: [
      {
        name: 'envigate_notice_results_overtaken_total',
        help: 'Results of mails that another notifier has taken over.',
      },
    ],
  }),
  'notifier-store-unavailable': event<{ error: string }>({
    level: 'warn',
    message: 'the database does not answer; notices wait',
    counters: [
      {
        name: 'envigate_notifier_store_failures_total',
        help: 'Calls of the database that failed and are repeated.',
      },
    ],
  }),
  'message-undecodable': event<{
    partition: { stream: string; partition: number };
    offset: number;
    recordId: string;
    error: string;
  }>({
    level: 'error',
    message: 'a gap event cannot be read; it is kept in undecodable_messages',
    counters: [
      {
        name: 'envigate_notifier_undecodable_total',
        help: 'Gap events that cannot be read.',
      },
    ],
  }),
};

export const gauges = {
  due: { name: 'envigate_notice_mails_due', help: 'Mails that wait to be sent.' },
  oldestDue: {
    name: 'envigate_notice_mail_oldest_due_seconds',
    help: 'How long the mail that waits longest has been due.',
  },
  forAPerson: {
    name: 'envigate_notice_mails_for_a_person',
    help: 'Mails that were refused or given up and wait for a decision.',
  },
  lastSent: {
    name: 'envigate_notice_mail_last_sent_seconds',
    help: 'Time since the mail server took a mail; -1 where it never did.',
  },
} as const satisfies Gauges;
