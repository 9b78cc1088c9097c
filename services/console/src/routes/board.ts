import type { Board } from '@envigate/contracts';
import { listedFiles } from '../board/files.ts';
import { recentMinutes, renderBoard, renderGuide } from '../board/page.ts';
import { minuteMs, officeOffsetMinutes } from '../board/vietnamese.ts';
import { Refusal, type PageOperation } from '../operation.ts';
import type { ConsolePorts } from '../ports.ts';
import { SharedAnswer } from '../shared-answer.ts';
import { integer, oneOf, query } from '../schema.ts';

// However many look at the page, the record is asked once in this time.
const maxAgeMs = 5_000;
// A page without new figures is better than one that does not come.
const patienceMs = 3_000;

// Before the first migration: SQLSTATE 42P01, undefined_table.
const tableMissing = '42P01';

interface DatedBoard {
  readonly board: Board;
  readonly readAt: Date;
}

export function boardRoutes({ queries, registry, clock, gateway }: ConsolePorts): PageOperation[] {
  const record = new SharedAnswer<DatedBoard>({ maxAgeMs, patienceMs }, async () => {
    const now = clock();
    const board = await queries.board({
      recentFrom: new Date(now.getTime() - recentMinutes * minuteMs),
      todayFrom: midnightBefore(now),
      stations: registry.current().registry.stations.map(({ code }) => code),
      files: listedFiles,
    });
    return { board, readAt: now };
  });
  const eventLog = new SharedAnswer<void>({ maxAgeMs, patienceMs }, () => gateway.checkEventLog());
  return [
    {
      path: '/',
      operationId: 'getBoard',
      summary: 'The board as a web page · Bảng theo dõi',
      tag: 'overview',
      query: query({
        page: { ...integer('Page of the stations.'), minimum: 1, maximum: 10_000, default: 1 },
        refresh: {
          ...oneOf('Whether the page reloads by itself.', ['on', 'off']),
          default: 'on',
        },
      }),
      response: 'html',
      async handle({ query: { page, refresh } }) {
        const [read, log, spool] = await Promise.all([
          record.get(),
          eventLog.get(),
          gateway.spool(),
        ]);
        if (read.failure !== undefined && !isPassing(read.failure)) throw read.failure;
        return renderBoard({
          now: clock(),
          record: read.value,
          databaseAnswers: read.isCurrent,
          eventLogAnswers: log.isCurrent,
          eventLogKind: gateway.eventLogKind,
          spool,
          registry: registry.current(),
          graceMinutes: gateway.gapGraceMinutes,
          page: page as number,
          refreshes: refresh === 'on',
        });
      },
    },
    {
      path: '/guide',
      operationId: 'getGuide',
      summary: "The operators' guide as a web page · Hướng dẫn vận hành",
      tag: 'overview',
      response: 'html',
      async handle() {
        const guide = await gateway.readGuide();
        if (guide === undefined) {
          throw new Refusal('not-found', {
            vi: 'Hướng dẫn (docs/operators) chưa được cài đặt cùng chương trình; xem trong kho mã nguồn của chương trình',
            en: "docs/operators is not installed beside the program; it is in the program's repository",
          });
        }
        return renderGuide(guide);
      },
    },
  ];
}

/** Whether the page may answer with the last figures; everything else is a fault of the program. */
function isPassing(failure: Error): boolean {
  const { retryable, code } = failure as Error & { retryable?: unknown; code?: unknown };
  return retryable === true || code === tableMissing;
}

/** When the office's day began. */
function midnightBefore(now: Date): Date {
  const dayMs = 24 * 60 * minuteMs;
  const offsetMs = officeOffsetMinutes * minuteMs;
  return new Date(Math.floor((now.getTime() + offsetMs) / dayMs) * dayMs - offsetMs);
}
