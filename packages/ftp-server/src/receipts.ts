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
  readonly #awaited = new Map<Receipt, NodeJS.Timeout>();
  readonly #interruptions = new Set<Promise<void>>();
  #lookAfterEnd: Promise<void> | undefined;

  /** Called when the reply has been written. */
  expect(receipt: Receipt): void {
    const timer = setTimeout(() => {
      this.#awaited.delete(receipt);
      receipt.confirm();
    }, SIGN_OF_LIFE_MS);
    this.#awaited.set(receipt, timer);
  }

  /** The client has sent something, or it is us who end the session. */
  confirmAll(): void {
    if (this.#awaited.size === 0) return;
    for (const receipt of this.#takeAll()) receipt.confirm();
  }

  /** The connection was reset. */
  interruptAll(): void {
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
    if (this.#awaited.size === 0) {
      stream.destroy();
      return;
    }
    for (const timer of this.#awaited.values()) clearTimeout(timer);
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
    for (const timer of this.#awaited.values()) clearTimeout(timer);
    this.#awaited.clear();
    return receipts;
  }
}

/** No event reports a reset after an end, but an empty write returns the kernel's error. */
function wasReset(stream: Duplex): Promise<boolean> {
  if (stream.destroyed) return Promise.resolve(true);
  return new Promise((resolve) => {
    stream.write(new Uint8Array(), (error) => resolve(error !== undefined && error !== null));
  });
}
