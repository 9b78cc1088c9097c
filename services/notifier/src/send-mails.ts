import {
  backOffMs,
  type BackOff,
  type BegunMail,
  type Mailer,
  type MailOutcome,
  type MailResult,
} from '@envigate/domain';
import { isRetryable, recordPatiently, type Running } from '@envigate/event-log';
import type { NoticeStore } from '@envigate/postgres';
import { Alarm, messageOf, pause, type Emit } from '@envigate/runtime';
import type { events } from './telemetry.ts';

export interface SendParts {
  readonly store: Pick<NoticeStore, 'lockSending' | 'takeOver' | 'begin' | 'record'>;
  readonly mailer: Mailer;
  readonly emit: Emit<typeof events>;
  /** Mails under way at once. */
  readonly connections: number;
  readonly backOff: BackOff;
  readonly giveUpHours: number;
  /** The longest time between two looks at the outbox. */
  readonly pollMs: number;
}

export interface Sending extends Running {
  /** Something may have fallen due. */
  wake(): void;
}

const storePauseMs = 1_000;

/**
 * Sends what is due. One process does it, under a lock that its end releases; whoever takes the lock over
 * finds what was being sent and sends it again, in doubt. While the server or our access to it is at
 * fault one mail at a time is tried, more and more rarely.
 */
export function startSending(parts: SendParts): Sending {
  const { store, emit, connections, pollMs } = parts;
  const stopping = new AbortController();
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined); // whoever cares listens too
  const alarm = new Alarm();

  const sending = (async () => {
    while (!stopping.signal.aborted) {
      try {
        if (!(await sendUnderLock())) await pause(pollMs, stopping.signal);
      } catch (error) {
        if (!isRetryable(error)) throw error;
        emit('notifier-store-unavailable', { error: messageOf(error) });
        await pause(storePauseMs, stopping.signal);
      }
    }
  })().catch(fail);

  return {
    failed,
    wake: () => alarm.ring(),
    async stop() {
      stopping.abort();
      alarm.ring();
      await sending;
    },
  };

  /** False where another process sends. Ends when the lock is lost, or the service stops. */
  async function sendUnderLock(): Promise<boolean> {
    const lock = await store.lockSending();
    if (lock === undefined) return false;
    try {
      const mails = await store.takeOver();
      if (mails > 0) emit('notice-mails-in-doubt', { mails });
      let serverFailures = 0;
      while (!stopping.signal.aborted && !lock.lost.aborted) {
        const begun = await store.begin(serverFailures > 0 ? 1 : connections);
        if (begun.length === 0) {
          await alarm.wait(pollMs);
          continue;
        }
        const outcomes = await Promise.all(begun.map((mail) => sendOne(mail, parts)));
        const isServerAtFault = outcomes.some((one) => one.kind === 'later' && one.isServerWide);
        serverFailures = isServerAtFault ? serverFailures + 1 : 0;
        if (isServerAtFault)
          await pause(backOffMs(serverFailures - 1, parts.backOff), stopping.signal);
      }
      return true;
    } finally {
      await lock.release();
    }
  }
}

async function sendOne(begun: BegunMail, parts: SendParts): Promise<MailOutcome> {
  const { store, mailer, emit, backOff, giveUpHours } = parts;
  const outcome = await mailer.send(begun.mail);
  const waitSeconds = backOffMs(begun.attempt - 1, backOff) / 1000;
  const result = resultOf(outcome, waitSeconds);
  // The mail may be with its recipient.
  const state = await recordPatiently(
    () => store.record(begun, result, giveUpHours),
    (error) => emit('notifier-store-unavailable', { error: messageOf(error) }),
  );
  const { code, kind, mailId, attempt } = begun;
  const about = { code, kind, mailId, attempt, answer: outcome.answer };
  switch (state) {
    case undefined:
      emit('notice-result-overtaken', { code, mailId, attempt });
      break;
    case 'sent':
      emit('notice-mail-sent', { ...about, inDoubt: begun.inDoubt });
      break;
    case 'refused':
      emit('notice-mail-refused', about);
      break;
    case 'failed':
      emit('notice-mail-given-up', about);
      break;
    case 'due': {
      const mayHaveArrived = outcome.kind === 'later' && outcome.mayHaveArrived;
      emit('notice-mail-delayed', { ...about, mayHaveArrived, retryInSeconds: waitSeconds });
      break;
    }
  }
  return outcome;
}

function resultOf(outcome: MailOutcome, waitSeconds: number): MailResult {
  const { answer } = outcome;
  switch (outcome.kind) {
    case 'accepted':
      return { kind: 'sent', answer };
    case 'refused':
      return { kind: 'refused', answer };
    case 'later':
      return { kind: 'later', answer, mayHaveArrived: outcome.mayHaveArrived, waitSeconds };
  }
}
