import { gapEventCodec, type GapEvent, type Registry } from '@envigate/contracts';
import { answerUrl, RegistryView, type Mailer, type NoticePolicy } from '@envigate/domain';
import { streams, type DrainBatch, type OutgoingRecord } from '@envigate/event-log';
import { smtpMailer } from '@envigate/mail';
import { consoleQueries, noticeStore, type Database, type NoticeStore } from '@envigate/postgres';
import type { Emit } from '@envigate/runtime';
import { MailInbox, testDatabase, type TestDatabase } from '@envigate/test-support';
import { hearGaps } from '../hear-gaps.ts';
import { planDue, type PlanParts } from '../plan-due.ts';
import { startSending, type SendParts, type Sending } from '../send-mails.ts';
import type { events } from '../telemetry.ts';

const hourMs = 3_600_000;
export const start = Date.UTC(2026, 2, 24, 0, 0);
export const domain = 'sonnmt.example.vn';

/** Stations S1, S2 … with a facility each: F1, F2 … */
export function registryOf(stations: number): Registry {
  const numbers = Array.from({ length: stations }, (_, i) => i + 1);
  return {
    ...{ parameters: [], targets: [], accounts: [] },
    facilities: numbers.map((n) => ({
      code: `F${n}`,
      name: `Nhà máy ${n}`,
      contacts: [{ name: 'Đầu mối', email: `f${n}@example.vn` }],
    })),
    stations: numbers.map((n) => ({
      ...{ code: `S${n}`, facility: `F${n}`, name: `Trạm ${n}`, kind: 'waste-water' },
    })),
  };
}

export const policy: NoticePolicy = {
  ...{ gatherMs: 0, reminderMs: 24 * hourMs, maxReminders: 30, notifiesMinistry: false },
  escalateAfterMs: undefined,
  quiet: undefined,
};

let events_ = 0;

/** An event of a gap that began `from` hours after the start. */
export function gapEvent(
  station: string,
  change: GapEvent['change'],
  from = 0,
  more: {
    readonly to?: number;
    readonly previous?: number;
    readonly at?: number;
    readonly level?: GapEvent['gap']['level'];
    /** Part of a joint silence, and so probably ours. */
    readonly jointId?: number;
  } = {},
): GapEvent {
  const instant = (hours: number): string => new Date(start + hours * hourMs).toISOString();
  const gapFrom = (hours: number) => ({
    ...{
      kind: 'transmission' as const,
      from: instant(hours),
      level: more.level ?? ('12h' as const),
      ...(more.jointId !== undefined && {
        ...{ jointId: more.jointId, isProbablyOurs: true as const },
      }),
    },
  });
  return {
    ...{ type: 'gap-event.v1', eventId: `event-${(events_ += 1)}`, change, station },
    at: instant(more.at ?? more.to ?? from),
    gap: { ...gapFrom(from), ...(more.to !== undefined && { to: instant(more.to) }) },
    ...(more.previous !== undefined && { previous: gapFrom(more.previous) }),
  };
}

export function recordOf(event: GapEvent): OutgoingRecord {
  const { station: key, eventId: id } = event;
  return { stream: streams.gaps, key, id, value: gapEventCodec.encode(event) };
}

/** A notifier whose batches, clock and steps are in the hands of the test; its database and mail server are real. */
export class NotifierScene {
  /** Hours since the start. */
  now = 0;
  registry = registryOf(60);
  policy = policy;
  readonly happened: { name: string; payload: Record<string, unknown> }[] = [];
  readonly inbox: MailInbox;
  readonly store: NoticeStore;
  readonly emit: Emit<typeof events>;
  readonly #test: TestDatabase;
  readonly #mailers: Mailer[] = [];
  #position = 0;

  private constructor(test: TestDatabase, inbox: MailInbox) {
    this.#test = test;
    this.inbox = inbox;
    this.store = noticeStore(test.database);
    this.emit = ((name: string, payload: Record<string, unknown>) =>
      this.happened.push({ name, payload })) as unknown as Emit<typeof events>;
  }

  static async create(): Promise<NotifierScene> {
    return new NotifierScene(await testDatabase(), await MailInbox.open());
  }

  get database(): Database {
    return this.#test.database;
  }

  get databaseUrl(): string {
    return this.#test.url;
  }

  killBackends(): Promise<number> {
    return this.#test.killBackends();
  }

  async close(): Promise<void> {
    for (const mailer of this.#mailers) mailer.close();
    await this.inbox.close();
    await this.#test.drop();
  }

  /** Takes events as one batch of the log. */
  async hear(...list: readonly GapEvent[]): Promise<void> {
    await hearGaps(this).commit(this.batch(list));
    this.#position += list.length;
  }

  batch(list: readonly GapEvent[]): DrainBatch {
    const from = this.#position;
    const partition = { log: 'log', stream: streams.gaps, partition: 0 };
    const records = list.map((event, i) => ({
      ...recordOf(event),
      ...{ partition: 0, offset: from + i },
    }));
    return { partition, records, from, to: from + records.length };
  }

  planParts(): PlanParts {
    return {
      ...{ store: this.store, emit: this.emit, policy: this.policy, weekly: undefined, domain },
      registry: { current: () => new RegistryView(this.registry) },
      clock: () => new Date(start + this.now * hourMs),
      office: {
        name: { vi: 'Sở Nông nghiệp và Môi trường tỉnh A', en: 'Department of province A' },
        ...{ unit: undefined, contact: undefined, legalGround: undefined },
      },
      answers: { url: answerUrl('https://quantrac.example.vn'), lastsMs: 7 * 24 * hourMs },
      to: { office: ['so@example.vn'], ministry: [], escalation: ['lanh-dao@example.vn'] },
    };
  }

  /** What falls due by these hours: `code kind audience stations`. */
  async plan(hours: number, changes: Partial<PlanParts> = {}): Promise<readonly string[]> {
    this.now = hours;
    const before = this.happened.length;
    await planDue({ ...this.planParts(), ...changes });
    return this.happened
      .slice(before)
      .map(({ payload: { code, kind, audience, stations } }) =>
        [code, kind, audience, stations].join(' '),
      );
  }

  sendParts(changes: Partial<SendParts> = {}): SendParts {
    return {
      ...{ store: this.store, emit: this.emit, connections: 2, giveUpHours: 72, pollMs: 20 },
      mailer: changes.mailer ?? this.mailer(),
      backOff: { firstMs: 10, longestMs: 40 },
      ...changes,
    };
  }

  /** Closed with the scene. */
  mailer(port = this.inbox.port, timeoutMs = 20_000): Mailer {
    const mailer = mailerTo(port, timeoutMs);
    this.#mailers.push(mailer);
    return mailer;
  }

  send(changes: Partial<SendParts> = {}): Sending {
    return startSending(this.sendParts(changes));
  }

  /** `address state attempts`, and `in doubt`. */
  async mails(): Promise<readonly string[]> {
    const { rows } = await consoleQueries(this.database).notices({ limit: 1000 });
    return rows
      .flatMap((notice) => notice.mails)
      .map(
        ({ address, state, attempts, inDoubt }) =>
          `${address} ${state} ${attempts}${inDoubt ? ' in doubt' : ''}`,
      )
      .sort();
  }
}

export function mailerTo(port: number, timeoutMs = 20_000): Mailer {
  return smtpMailer({
    ...{ host: '127.0.0.1', port, security: 'none', connections: 2, timeoutMs },
    from: { name: 'Sở NN&MT', address: `quantrac@${domain}` },
  });
}
