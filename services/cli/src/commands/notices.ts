import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type {
  Configuration,
  ListedNotice,
  ListedNoticeMail,
  NoticeMailState,
} from '@envigate/contracts';
import { labelOf, noticeKindLabels, noticeMailStateLabels, officersNumber } from '@envigate/domain';
import { openMailer } from '@envigate/notifier';
import { consoleQueries, decideNoticeMails, readNotice } from '@envigate/postgres';
import { firstRows, localTime } from '../shared/lists.ts';
import {
  CommandError,
  readChoice,
  readLimit,
  readTimeRange,
  type TimeRangeOptions,
} from '../shared/options.ts';
import { requireStation, withStores } from '../shared/stores.ts';

export interface ListOptions extends TimeRangeOptions {
  readonly state?: string;
  readonly kind?: string;
  readonly station?: string;
  readonly limit?: string;
  readonly json?: true;
}

const states: readonly NoticeMailState[] = [
  ...(['due', 'sending', 'sent', 'refused', 'failed', 'cancelled'] as const),
];
/** How many are shown. */
const limits = { unlessGiven: 100, most: 10_000 };

/** Prints notices with their mails, the newest first, or that there is none. */
export async function printNotices(config: Configuration, options: ListOptions): Promise<void> {
  const { station } = options;
  const filter = {
    state: readChoice('--state', options.state, states),
    kind: readChoice('--kind', options.kind, Object.keys(noticeKindLabels)),
    station,
    ...readTimeRange(options),
  };
  const limit = readLimit(options.limit, limits);
  await withStores(config, async ({ database }) => {
    const { rows, hasMore } = await firstRows<ListedNotice, number>(limit, (page) =>
      consoleQueries(database).notices({ ...filter, ...page }),
    );
    for (const notice of rows) {
      if (options.json === true) console.log(JSON.stringify(notice));
      else for (const line of describe(notice)) console.log(line);
    }
    if (options.json === true) return;
    if (hasMore)
      console.log(
        `${officersNumber(limit)} thông báo mới nhất, xem thêm bằng --limit · the latest ${limit}; --limit shows more`,
      );
    if (rows.length > 0) return;
    if (station !== undefined) await requireStation(database, station);
    console.log('không có thông báo nào được chọn · no notice is selected');
  });
}

const mostStations = 5;

function describe({ code, kind, stations, createdAt, mails }: ListedNotice): readonly string[] {
  const more = stations.length - mostStations;
  const which =
    stations.slice(0, mostStations).join(', ') + (more > 0 ? ` (+ ${officersNumber(more)})` : '');
  return [
    `${code}  ${localTime(createdAt)}  ${labelOf(noticeKindLabels, kind)}  ${which}`.trimEnd(),
    ...mails.map((mail) => `    ${describeMail(mail)}`),
  ];
}

/** Times at +07:00, as the officers read them. */
function describeMail(mail: ListedNoticeMail): string {
  const { address, state, attempts, inDoubt, answer, nextAttemptAt, endedAt, decision } = mail;
  const more = [
    ...(endedAt === null ? [] : [localTime(endedAt)]),
    ...(nextAttemptAt === null || attempts === 0
      ? []
      : [`thử lại lúc · next attempt ${localTime(nextAttemptAt)}`]),
    ...(attempts > 1 ? [`đã thử ${attempts} lần · ${attempts} attempts`] : []),
    ...(inDoubt
      ? ['có thể đã đến trước đó · may have arrived before, under the same Message-ID']
      : []),
    ...(answer === null ? [] : [answer]),
    ...(decision === null
      ? []
      : [
          `${decisions[decision.decision]} (${decision.actor} ${localTime(decision.decidedAt)}): ${decision.note}`,
        ]),
  ];
  return `${labelOf(noticeMailStateLabels, state).padEnd(28)} ${address}   ${more.join('; ')}`.trimEnd();
}

const decisions = { resend: 'gửi lại · resend', cancel: 'không gửi · cancel' } as const;

export async function showNotice(
  code: string,
  config: Configuration,
  { json }: { readonly json?: true },
): Promise<void> {
  await withStores(config, async ({ database }) => {
    const notice = await readNotice(database, code);
    if (notice === undefined) throw unknownNotice(code);
    if (json === true) {
      console.log(JSON.stringify(notice));
      return;
    }
    for (const line of describe(notice)) console.log(line);
    const subject = notice.mails[0]?.subject ?? '';
    console.log(`\n${subject}\n\n${notice.text.trimEnd()}`);
  });
}

function unknownNotice(code: string): CommandError {
  return new CommandError({
    vi: `không có thông báo '${code}' (xem \`envigate notices list\`)`,
    en: `no notice '${code}'; \`envigate notices list\` shows them`,
  });
}

export interface DecideOptions {
  readonly note: string;
  readonly to?: string;
  readonly json?: true;
}

const done = {
  resend: { vi: 'thư chờ gửi lại', en: 'mails due again' },
  cancel: { vi: 'thư không gửi', en: 'mails not to be sent' },
} as const;

export async function decideNotice(
  decision: keyof typeof done,
  code: string,
  config: Configuration,
  { note, to, json }: DecideOptions,
): Promise<void> {
  if (note.trim() === '')
    throw new CommandError({ vi: '--note: cần nêu lý do', en: '--note must say why' });
  await withStores(config, async ({ database }) => {
    const notice = await readNotice(database, code);
    if (notice === undefined) throw unknownNotice(code);
    if (to !== undefined && !notice.mails.some(({ address }) => address === to)) {
      const known = notice.mails.map(({ address }) => address).join(', ');
      throw new CommandError({
        vi: `thông báo ${code} không gửi đến '${to}'; các địa chỉ: ${known}`,
        en: `notice ${code} does not go to '${to}'; its addresses: ${known}`,
      });
    }
    const actor = userInfo().username;
    const decided = await decideNoticeMails(database, { decision, code, address: to, actor, note });
    const { vi, en } = done[decision];
    console.log(
      json === true
        ? JSON.stringify({ decided })
        : `${officersNumber(decided)} ${vi} · ${decided} ${en}`,
    );
  });
}

/** Tries the mail server, and sends a test mail where it is asked to. Returns the exit status: 1 where a step failed. */
export async function testNotices(
  config: Configuration,
  { to, json }: { readonly to?: string; readonly json?: true },
): Promise<number> {
  const opened = await openMailer(config.notifier);
  if (opened === undefined)
    throw new CommandError({
      vi: 'chưa khai báo máy chủ thư: notifier.smtp.host',
      en: 'no mail server is configured: notifier.smtp.host',
    });
  const { mailer, server } = opened;
  const report = (step: string, isDone: boolean, detail: string): void =>
    console.log(
      json === true
        ? JSON.stringify({ step, isDone, detail })
        : `${(isDone ? 'ok' : 'failed').padEnd(7)}${step}: ${detail}`,
    );
  try {
    const { isReady, answer } = await mailer.check();
    report(`connect to ${server.host}, log in`, isReady, answer);
    if (!isReady) return 1;
    if (to === undefined) return 0;
    const outcome = await mailer.send({
      messageId: `<test.${randomUUID()}@${server.domain}>`,
      to: { name: undefined, address: to },
      subject: 'Thư thử của hệ thống tiếp nhận dữ liệu quan trắc',
      text: 'Thư này kiểm tra chức năng thông báo. Không cần trả lời.\n\nThis mail tests the notices of the gateway. No answer is needed.\n',
      html: '<p lang="vi">Thư này kiểm tra chức năng thông báo. Không cần trả lời.</p>\n<p lang="en">This mail tests the notices of the gateway. No answer is needed.</p>\n',
      date: new Date(),
    });
    report(`send a mail to ${to}`, outcome.kind === 'accepted', outcome.answer);
    return outcome.kind === 'accepted' ? 0 : 1;
  } finally {
    mailer.close();
  }
}
