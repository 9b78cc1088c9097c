import {
  DeliveryError,
  deliveryCodes,
  type DeliveryOutcome,
  type MinistryFile,
} from '@envigate/domain';
import { DeadlineError, withDeadline } from '@envigate/runtime';

/** What a delivery needs of a target that keeps its session from file to file. */
interface KeptSession<Session> {
  /** The one kept from the file before; undefined where there is none. */
  kept(): Session | undefined;
  open(): Promise<Session>;
  deliverOver(session: Session, file: MinistryFile): Promise<DeliveryOutcome>;
  /** The session ended without an answer, and the target is not being closed. */
  mayHaveEndedIdle(error: unknown): error is DeliveryError;
}

/** One delivery over the kept session, or over a new one where the old had ended meanwhile. */
export async function deliverKept<Session>(
  target: KeptSession<Session>,
  file: MinistryFile,
): Promise<DeliveryOutcome> {
  if (file.payload.length === 0)
    return { kind: 'refused', code: deliveryCodes.emptyFile, reason: 'the file is empty' };
  const kept = target.kept();
  if (kept === undefined) return target.deliverOver(await target.open(), file);
  try {
    return await target.deliverOver(kept, file);
  } catch (error) {
    // The server ends idle sessions when it likes: no failure, as long as a fresh one works.
    if (!target.mayHaveEndedIdle(error)) throw error;
    try {
      const resend = file.resend || error.inDoubt;
      return await target.deliverOver(await target.open(), { ...file, resend });
    } catch (second) {
      // Whatever came of the second attempt, the first leaves the file in doubt.
      if (!(second instanceof DeliveryError) || !error.inDoubt) throw second;
      const { code, message, cause, refusesFile, retryAfterMs } = second;
      throw new DeliveryError(code, message, { cause, inDoubt: true, refusesFile, retryAfterMs });
    }
  }
}

/**
 * The steps of one session, one at a time and each with a limit. A step ends when the session is
 * ended, which neither library promises of its own.
 */
export class Steps {
  readonly #timeoutMs: number;
  readonly #drop: () => void;
  #isEnded = false;
  #giveUp: (error: Error) => void = () => undefined;

  /** `drop` frees the connection at once, whatever it is doing. */
  constructor(timeoutMs: number, drop: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#drop = drop;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** `what` is the step in words, for its error. `extraMs`: for the bytes that it moves. */
  async run<T>(what: string, work: () => Promise<T>, extraMs = 0): Promise<T> {
    if (this.#isEnded) throw new Error(`${what}: the connection is closed`);
    const ended = new Promise<never>((_, reject) => (this.#giveUp = reject));
    ended.catch(() => undefined);
    try {
      return await withDeadline(
        Promise.race([work(), ended]),
        this.#timeoutMs + extraMs,
        what,
        () => undefined,
      );
    } catch (error) {
      if (error instanceof DeadlineError) this.end();
      throw error;
    }
  }

  /** Drops the connection; the step under way rejects. Safe to call twice. */
  end(why = 'the connection was closed'): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#giveUp(new Error(why));
    this.#drop();
  }
}

/** A connection of 8 kB/s is slow, not dead; in whole seconds, as errors name the limit. */
export const transferMs = (bytes: number): number => Math.floor(bytes / 8_000) * 1_000;

/** A hundred times what any honest answer has: the server floods us. */
export const maxAnswerBytes = 1024 * 1024;

/** Structural, as errors of sockets and of libraries come in every class. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return String(error.code);
}

export function messageOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return String(error);
  const message = String(error.message);
  // Failures of several addresses (::1, 127.0.0.1) come joined in an error without a message.
  return message === '' ? codeOf(error) : message;
}
