import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { freeChunk } from '@envigate/runtime';
import { howTcpEnded, type DataConnection, type DataEnd } from './data-connection.ts';
import type { TlsCredentials } from './tls-contexts.ts';

/** How the data connections of a session are protected (PROT P). */
export interface DataProtection {
  /** Those of the control connection. */
  readonly credentials: TlsCredentials;
  /** They must resume the TLS session of their control connection. */
  readonly mustResume: boolean;
  /** Their end must be close_notify; otherwise it is judged as one in the clear. */
  readonly mustCloseNotify: boolean;
  /** How long a handshake may take. */
  readonly handshakeSeconds: number;
}

/** A handshake under way on a data connection. */
export interface Handshake {
  /** Rejects where no TLS came about, with the reason in words; nobody has to wait for it. */
  readonly done: Promise<{ readonly connection: DataConnection; readonly resumed: boolean }>;
  /** Closes the connection; `reason` is what `done` rejects with. */
  cancel(reason?: Error): void;
}

/** The server's side of TLS on a data connection, whoever opened it (RFC 4217 7). */
export function beginTls(socket: Socket, protection: DataProtection): Handshake {
  const raw = new RawStream(socket);
  const stream = new DataTls(raw, protection.credentials);
  // TLS listens since the line above: it has its copy when this is called.
  raw.on('data', freeChunk);
  const done = new Promise<{ connection: DataConnection; resumed: boolean }>((resolve, reject) => {
    // Also after the handshake: what then breaks shows as an end without close_notify.
    stream.on('error', reject);
    const onRawEnd = (): unknown => stream.destroy();
    raw.once('end', onRawEnd);
    stream.once('close', () => reject(new Error('the connection ended before TLS was set up')));
    stream.once('secure', () => {
      raw.off('end', onRawEnd);
      holdBackTickets(stream, raw);
      resolve({
        connection: {
          stream,
          howItEnded: async (): Promise<DataEnd> => {
            if (stream.closeNotified) return 'announced';
            if (protection.mustCloseNotify) return 'no-close-notify';
            return raw.endedInOrder ? howTcpEnded(socket) : 'data-lost';
          },
          // With our close_notify, and the tickets that were held back.
          close: () => stream.end(),
        },
        resumed: stream.isSessionReused(),
      });
    });
  });
  done.catch(() => undefined);
  return { done, cancel: (reason) => stream.destroy(reason) };
}

/**
 * In TLS 1.3 the session tickets follow the handshake. A client that only uploads closes without
 * having read them, and its kernel then resets the connection: the last bytes of the file are lost.
 * So they travel with our own end, which follows the client's. Before TLS 1.3 nothing follows the
 * handshake, and its last message is still to be sent at this point.
 */
function holdBackTickets(stream: TLSSocket, raw: RawStream): void {
  if (stream.getProtocol() === 'TLSv1.3') raw.gatherWrites();
}

/**
 * Knows whether the peer said that it was at its end. TLS has a message for it, close_notify, which
 * nobody can forge; the end of the TCP connection can come from anywhere, or from a client that
 * died. Node shows both by the same 'end'.
 */
class DataTls extends TLSSocket {
  readonly #raw: RawStream;
  #closeNotified = false;

  constructor(raw: RawStream, credentials: TlsCredentials) {
    super(raw, credentials);
    this.#raw = raw;
  }

  get closeNotified(): boolean {
    return this.#closeNotified;
  }

  /** Called with null at the first end, which is close_notify as long as TCP has not ended. */
  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    if (chunk === null && !this.#raw.over) this.#closeNotified = true;
    return super.push(chunk, encoding);
  }
}

/** Tickets take 0.5 KB. What exceeds this is a listing, or a client that asks for new keys over and over. */
const MAX_GATHERED_BYTES = 16 * 1024;

/**
 * A TCP connection under TLS, which reports its end before TLS sees it. Over means closed,
 * half closed or reset: to TLS all of these are an end, because what was said before it counts and
 * what it lacks shows in the missing close_notify.
 */
export class RawStream extends Duplex {
  /** Everything that came has been handed up, and nothing more will. */
  over = false;
  /** The peer ended its side, and no reset had come until then. */
  endedInOrder = false;
  readonly #socket: Socket;
  #ended = false;
  #gathered: Uint8Array[] | undefined;
  #gatheredBytes = 0;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    // Before any listener of TLS, so that `over` is set when that one runs.
    this.once('end', () => (this.over = true));
    socket.on('data', (chunk: Uint8Array) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('error', () => this.#end());
    socket.on('end', () => {
      this.endedInOrder = true;
      this.#end();
    });
    socket.on('close', () => this.#end());
    if (socket.destroyed) this.#end();
  }

  /**
   * Sends nothing from now on until our side ends, or until more than 16 KiB wait. TLS notices no
   * difference: its writes are done at once.
   */
  gatherWrites(): void {
    this.#gathered ??= [];
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(
    chunk: Uint8Array,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    if (this.#gathered === undefined) {
      this.#socket.write(chunk, done);
      return;
    }
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.length;
    if (this.#gatheredBytes > MAX_GATHERED_BYTES) this.#sendGathered();
    done();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#sendGathered();
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #sendGathered(): void {
    const gathered = this.#gathered ?? [];
    this.#gathered = undefined;
    if (gathered.length > 0) this.#socket.write(Buffer.concat(gathered));
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.push(null);
  }
}
