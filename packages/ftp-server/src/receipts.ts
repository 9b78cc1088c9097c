import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/** How long a client that has died can look alive: what closes its data closes its control soon after. */
const SIGN_OF_LIFE_MS = 250;
/** Longer than a reset takes to come back over a mobile network. */
const ROUND_TRIP_MS = 250;

/** What follows from a reply. Settled exactly once: `confirm` if the client read it, `interrupt` if it did not. */
export interface Receipt {
  confirm(): void;
  /** Never rejects. */
  interrupt(): Promise<void>;
}

/**
 * Finds out whether replies were read. FTP has no command for it, but TCP shows it: a connection whose
 * owner has died, and one that was closed with bytes unread, answers with a reset. So a reply was read when the
 * client goes on talking, when the connection stays open for a while, or when it ends in order and
 * no reset follows.
 */
export class Receipts {
  /** With the steady time when each was written; ascending. */
  readonly #awaited = new Map<Receipt, number>();
  /** Runs on when its receipt is confirmed earlier: a timer for each reply would cost every upload. */
  #timer: NodeJS.Timeout | undefined;
  readonly #interruptions = new Set<Promise<void>>();
  #lookAfterEnd: Promise<void> | undefined;

  /** Called when the reply has been written. */
  expect(receipt: Receipt): void {
    this.#awaited.set(receipt, performance.now());
    this.#timer ??= setTimeout(() => this.#confirmOld(), SIGN_OF_LIFE_MS);
  }

  /** The client has sent something. */
  confirmAll(): void {
    if (this.#awaited.size === 0) return;
    for (const receipt of this.#takeAll()) receipt.confirm();
  }

  /** It is us who end the session. */
  close(): void {
    clearTimeout(this.#timer);
    this.confirmAll();
  }

  /** The connection was reset. */
  interruptAll(): void {
    clearTimeout(this.#timer);
    for (const receipt of this.#takeAll()) this.interrupt(receipt);
  }

  /** The reply was not even written. */
  interrupt(receipt: Receipt): void {
    const interruption = receipt
      .interrupt()
      .finally(() => this.#interruptions.delete(interruption));
    this.#interruptions.add(interruption);
  }

  /** Takes over a stream whose reading side has ended in order, and destroys it. */
  judgeAfterEnd(stream: Duplex): void {
    clearTimeout(this.#timer);
    if (this.#awaited.size === 0) {
      stream.destroy();
      return;
    }
    this.#lookAfterEnd = delay(ROUND_TRIP_MS)
      .then(() => wasReset(stream))
      .then((isReset) => {
        if (isReset) this.interruptAll();
        else this.confirmAll();
        stream.destroy();
      });
  }

  /** Resolves when every receipt is settled, once the connection is over. */
  async settled(): Promise<void> {
    await this.#lookAfterEnd;
    await Promise.all(this.#interruptions);
  }

  #takeAll(): readonly Receipt[] {
    const receipts = [...this.#awaited.keys()];
    this.#awaited.clear();
    return receipts;
  }

  /** The connection is open, so every reply that was written long enough ago has been read. */
  #confirmOld(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (const [receipt, writtenAt] of this.#awaited) {
      const leftMs = writtenAt + SIGN_OF_LIFE_MS - now;
      if (leftMs > 0) {
        this.#timer = setTimeout(() => this.#confirmOld(), leftMs);
        return;
      }
      this.#awaited.delete(receipt);
      receipt.confirm();
    }
  }
}

/** No event reports a reset after an end, but an empty write returns the kernel's error. */
function wasReset(stream: Duplex): Promise<boolean> {
  if (stream.destroyed) return Promise.resolve(true);
  return new Promise((resolve) => {
    stream.write(new Uint8Array(), (error) => resolve(error !== undefined && error !== null));
  });
}
