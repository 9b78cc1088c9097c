import type { Board } from '@envigate/contracts';
import { Refusal, type ConsolePorts, type PageOperation } from '../api/operation.ts';
import { integer, oneOf, query } from '../api/schema.ts';
import { listedFiles } from './files.ts';
import { minuteMs, officeOffsetMinutes } from './html.ts';
import { recentMinutes, renderBoard, renderGuide } from './page.ts';

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

interface SharedAnswerLimits {
  /** How long an answer is given to everybody who asks. */
  readonly maxAgeMs: number;
  /** How long the source is waited for. */
  readonly patienceMs: number;
}

interface Shared<T> {
  /** Undefined where the source never answered. */
  readonly value: T | undefined;
  /** False where the value is older than it should be, as the source failed or takes too long. */
  readonly isCurrent: boolean;
  /** Of the last question, where it failed. */
  readonly failure: Error | undefined;
}

/**
 * The answer to a question that many ask at once. One question at a time goes to the source, so
 * that any number of people cost it no more than one. While the source is away, the last answer
 * stays at hand.
 */
export class SharedAnswer<T> {
  readonly #ask: () => Promise<T>;
  readonly #limits: SharedAnswerLimits;
  #last: { readonly value: T; readonly at: number } | undefined;
  #failure: Error | undefined;
  #running: Promise<void> | undefined;

  constructor(limits: SharedAnswerLimits, ask: () => Promise<T>) {
    this.#limits = limits;
    this.#ask = ask;
  }

  /** Never rejects. */
  async get(): Promise<Shared<T>> {
    if (!this.#isFresh()) {
      this.#running ??= this.#refresh();
      await within(this.#limits.patienceMs, this.#running);
    }
    return { value: this.#last?.value, isCurrent: this.#isFresh(), failure: this.#failure };
  }

  async #refresh(): Promise<void> {
    try {
      this.#last = { value: await this.#ask(), at: performance.now() };
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
    } finally {
      this.#running = undefined;
    }
  }

  #isFresh(): boolean {
    return this.#last !== undefined && performance.now() - this.#last.at < this.#limits.maxAgeMs;
  }
}

/** Resolves with the promise, or after this time without it. */
async function within(ms: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
