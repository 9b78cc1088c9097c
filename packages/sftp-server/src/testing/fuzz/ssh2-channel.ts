import { createRequire } from 'node:module';
import type { SFTPWrapper } from 'ssh2';

// Neither exported nor typed: the packet parser by itself, as ssh2 joins it to a channel of a server.
const { SFTP } = createRequire(import.meta.url)('ssh2/lib/protocol/SFTP.js') as {
  SFTP: new (client: object, channel: object, options: object) => Internals;
};

/** An SFTP channel of ssh2 without SSH: what comes in is given, what goes out is kept. */
export class Ssh2Channel {
  readonly sftp: SFTPWrapper;
  /** Everything sent to the client. */
  readonly sent: Buffer[] = [];
  closed = false;
  readonly #outgoing: { id: number; state: string; window: number; packetSize: number };
  readonly #internals: Internals;

  constructor(window: number) {
    this.#outgoing = { id: 0, state: 'open', window, packetSize: 32_768 };
    const client = {
      _protocol: {
        _remoteIdentRaw: Buffer.from('SSH-2.0-OpenSSH_9.2'),
        channelData: (_id: number, data: Buffer) => this.sent.push(Buffer.from(data)),
        channelClose: () => (this.closed = true),
        exitStatus: () => undefined,
      },
    };
    const incoming = { id: 0, state: 'open', window: 2 ** 30, packetSize: 32_768 };
    const channel = { type: 'sftp', incoming, outgoing: this.#outgoing };
    this.#internals = new SFTP(client, channel, { server: true });
    this.sftp = this.#internals as unknown as SFTPWrapper;
  }

  /** Bytes of the client; throws where ssh2 gives the connection up. */
  receive(bytes: Buffer): void {
    this.#internals.push(bytes);
  }

  /** The client's EOF, or the end of the connection. */
  finish(): void {
    this.#internals.push(null);
  }

  /** The client grants more room. */
  grant(bytes: number): void {
    this.#outgoing.window += bytes;
    this.#internals._waitWindow = false;
    this.#internals._chunkcb?.();
  }
}

interface Internals {
  _waitWindow: boolean;
  readonly _chunkcb: (() => void) | undefined;
  push(bytes: Buffer | null): void;
}
