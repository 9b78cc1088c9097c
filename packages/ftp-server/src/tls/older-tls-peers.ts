const REMEMBERED_MS = 24 * 3600 * 1000;
const MAX_PEERS = 1000;

/**
 * Addresses that are offered TLS 1.2 although TLS 1.3 is spoken. Old programs take the session
 * tickets that follow a TLS 1.3 handshake for the end of the connection: wput 0.6.2 leaves before it
 * has sent its password, and tries again for ever. Whoever left so gets TLS 1.2 at its next try. The
 * operator allows both versions, so that whoever causes this from outside gains nothing new.
 */
export class OlderTlsPeers {
  /** Until when, by address; the oldest entry first. */
  readonly #until = new Map<string, number>();
  readonly #now: () => number;

  /** `now` is in milliseconds and monotonic. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** For a day. Of more than 1,000 addresses the oldest is forgotten. */
  add(address: string): void {
    this.#until.delete(address);
    this.#until.set(address, this.#now() + REMEMBERED_MS);
    if (this.#until.size <= MAX_PEERS) return;
    for (const oldest of this.#until.keys()) {
      this.#until.delete(oldest);
      return;
    }
  }

  has(address: string): boolean {
    const until = this.#until.get(address);
    if (until === undefined) return false;
    if (this.#now() < until) return true;
    this.#until.delete(address);
    return false;
  }
}
