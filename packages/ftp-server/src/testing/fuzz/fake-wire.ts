import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { PassiveLease, PassiveListeners, type PassiveLessee } from '../../passive-listeners.ts';

const leaseOptions = { host: '127.0.0.1', connectSeconds: 20, onStranger: () => undefined };

/** The server's end of a connection; the client's end is the methods. */
export class FakeWire extends Duplex {
  readonly remoteAddress: string;
  /** What the server wrote. */
  sent = '';
  #hasEnded = false;

  constructor(remoteAddress: string) {
    super({ allowHalfOpen: true });
    this.remoteAddress = remoteAddress;
    this.on('error', () => undefined);
  }

  send(bytes: Uint8Array): void {
    if (!this.#hasEnded && !this.destroyed) this.push(bytes);
  }

  /** The client's FIN. */
  finish(): void {
    if (this.#hasEnded || this.destroyed) return;
    this.#hasEnded = true;
    this.push(null);
  }

  /** The client's RST. */
  reset(): void {
    this.destroy(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
  }

  override _read(): void {
    // Bytes are pushed as they come.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.sent.length < 1_000_000) this.sent += chunk.toString('latin1');
    setImmediate(done);
  }
}

/** Leases as the real ones, on ports that nobody listens at; connections are made by the test. */
export class FakeListeners extends PassiveListeners {
  /** Leased and not over. */
  leased = 0;
  #current: PassiveLease | undefined;
  #port = 40_000;

  constructor() {
    super(leaseOptions);
  }

  override lease(lessee: PassiveLessee): Promise<PassiveLease> {
    this.#port += 1;
    this.leased += 1;
    const lease = new PassiveLease(this.#port, lessee, leaseOptions, () => {
      this.leased -= 1;
      if (this.#current === lease) this.#current = undefined;
    });
    this.#current = lease;
    return Promise.resolve(lease);
  }

  /** A connection comes in; dropped where no lease waits for one, as a listener does. */
  connect(from: string): FakeWire {
    const wire = new FakeWire(from);
    if (this.#current === undefined) wire.destroy();
    else this.#current.offer(wire as unknown as Socket);
    return wire;
  }
}
