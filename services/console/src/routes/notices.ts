import type { ListedNotice, NoticeMailState } from '@envigate/contracts';
import { noticeKindLabels } from '@envigate/domain';
import type { ConsolePorts, JsonOperation } from '../api/operation.ts';
import { answerPage, cursor, optional, readStation, readTimeRange } from '../api/request.ts';
import * as schema from '../api/schema.ts';

const mailStates = [
  'due',
  'sending',
  'sent',
  'refused',
  'failed',
  'cancelled',
] as const satisfies readonly NoticeMailState[];

const kinds = Object.keys(noticeKindLabels);

const mailSchema = schema.record('The mail to one recipient.', {
  mailId: schema.integer('Number of the mail.'),
  recipient: schema.orNull(schema.text('Name of the recipient; null where none was entered.')),
  mailbox: schema.text('The domain of the address; the rest of it is not shown here.'),
  subject: schema.text('Its subject.'),
  messageId: schema.text('Its Message-ID, the same for every attempt.'),
  state: schema.oneOf(
    'Its state. refused: the mail server refused it for ever; failed: given up. Both wait for a person.',
    mailStates,
  ),
  attempts: schema.integer('Attempts begun.'),
  inDoubt: schema.boolean(
    'True where an attempt ended without an answer: it may have arrived more than once, under the same Message-ID.',
  ),
  nextAttemptAt: schema.orNull(schema.instant('When it is tried next; null where it is not due.')),
  endedAt: schema.orNull(schema.instant('When it was sent, refused, given up or cancelled.')),
  decision: schema.orNull(
    schema.record('What a person decided about it last; null for nothing.', {
      decision: schema.oneOf('What.', ['resend', 'cancel']),
      actor: schema.text('Who.'),
      note: schema.text('Why.'),
      decidedAt: schema.instant('When.'),
    }),
  ),
});

const noticeSchema = schema.record('A notice about gaps, with a mail for each recipient.', {
  noticeId: schema.integer('Number of the notice.'),
  code: schema.text('Code that its mails show, as GD-2026-000123.'),
  kind: schema.oneOf('What it says.', kinds),
  audience: schema.text('office, ministry, or facility: and its code.'),
  stations: schema.list('Stations that it is about.', schema.text('Code of a station.')),
  createdAt: schema.instant('When it was made.'),
  mails: schema.list('Its mails.', mailSchema),
});

const filters = schema.query({
  state: schema.oneOf('With a mail in this state.', mailStates),
  kind: schema.oneOf('Of this kind.', kinds),
  station: schema.station,
  ...schema.timeRange('Made'),
  limit: schema.limit,
  after: schema.after,
});

const noticeCursor = cursor('notices', ['integer']);

export function noticeRoutes({ queries, registry }: ConsolePorts): JsonOperation[] {
  return [
    {
      path: '/api/v1/notices',
      operationId: 'listNotices',
      summary:
        'Notices by e-mail about gaps, newest first · Thông báo qua thư điện tử về gián đoạn, mới nhất trước',
      tag: 'notices',
      query: filters,
      response: schema.page(noticeSchema),
      async handle({ query }) {
        const filter = {
          state: optional<NoticeMailState>(query, 'state'),
          kind: optional<string>(query, 'kind'),
          station: readStation(query, registry),
          ...readTimeRange(query),
        };
        return answerPage(query, {
          cursor: noticeCursor,
          read: ({ after, limit }) => queries.notices({ ...filter, limit, after: after?.[0] }),
          positionOf: (noticeId) => [noticeId],
          show: withoutAddresses,
        });
      },
    },
  ];
}

/** Addresses of people, and a server's answers, which repeat them, are not for whoever can read. */
function withoutAddresses(notice: ListedNotice) {
  const mails = notice.mails.map(({ address, answer: _answer, ...mail }) => ({
    ...mail,
    mailbox: `***${address.slice(address.lastIndexOf('@'))}`,
  }));
  return { ...notice, mails };
}
