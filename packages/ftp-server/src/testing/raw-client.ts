import { once } from 'node:events';
import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';

export interface RawReply {
  readonly code: number;
  /** All lines, with their codes. */
  readonly text: string;
}

/** A client that sends any text, valid or not, and returns the replies in order. */
export class RawClient {
  /** TLS after `secure`. */
  socket: Socket;
  #secured: TLSSocket | undefined;
  /** Tickets that the server gave for the TLS session, the newest last. */
  readonly tickets: Buffer[] = [];
  #tls: ConnectionOptions = {};
  readonly #replies: RawReply[] = [];
  readonly #waiting: ((reply: RawReply | undefined) => void)[] = [];
  #rest = '';
  #lines: string[] = [];
  #ended = false;

  /** Connects and takes the greeting. */
  static async connect(port: number): Promise<RawClient> {
    const client = new RawClient(port);
    await client.reply();
    return client;
  }

  static async loggedIn(port: number): Promise<RawClient> {
    const client = await RawClient.connect(port);
    await client.command('USER station');
    await client.command('PASS secret');
    return client;
  }

  /** AUTH TLS, then USER and PASS, and protected data connections. */
  static async loggedInOverTls(port: number, options: ConnectionOptions = {}): Promise<RawClient> {
    const client = await RawClient.connect(port);
    await client.command('AUTH TLS');
    await client.secure(options);
    await client.codes('PBSZ 0', 'PROT P', 'USER station', 'PASS secret');
    return client;
  }

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#listen();
  }

  #listen(): void {
    this.socket.setEncoding('utf8');
    this.socket.on('data', (text: string) => this.#take(text));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.#ended = true;
      for (const waiting of this.#waiting.splice(0)) waiting(undefined);
    });
  }

  /** Goes on in TLS; rejects where none comes about. */
  async secure(options: ConnectionOptions = {}): Promise<TLSSocket> {
    this.#tls = { rejectUnauthorized: false, ...options };
    const plain = this.socket;
    plain.removeAllListeners('data');
    const secured = connectTls({ ...this.#tls, socket: plain });
    secured.on('session', (ticket) => this.tickets.push(ticket));
    await once(secured, 'secureConnect');
    this.#secured = secured;
    this.socket = secured;
    this.#listen();
    return secured;
  }

  /** The control connection, which speaks TLS. */
  get secured(): TLSSocket {
    if (this.#secured === undefined) throw new Error('the control connection is in the clear');
    return this.#secured;
  }

  /** Replies that have come and were not asked for yet. */
  get unread(): readonly RawReply[] {
    return this.#replies;
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** The next reply; rejects where the connection ended instead. */
  async reply(): Promise<RawReply> {
    const came = this.#replies.shift();
    if (came !== undefined) return came;
    const reply = this.#ended
      ? undefined
      : await new Promise<RawReply | undefined>((resolve) => this.#waiting.push(resolve));
    if (reply === undefined) throw new Error('the control connection ended');
    return reply;
  }

  command(line: string): Promise<RawReply> {
    this.send(`${line}\r\n`);
    return this.reply();
  }

  /** The codes of the replies to commands sent one after another. */
  async codes(...lines: string[]): Promise<number[]> {
    const codes: number[] = [];
    for (const line of lines) codes.push((await this.command(line)).code);
    return codes;
  }

  /** EPSV, then the port. */
  async passivePort(): Promise<number> {
    const { text } = await this.command('EPSV');
    const port = /\|\|\|(\d+)\|/.exec(text)?.[1];
    if (port === undefined) throw new Error(`no port in: ${text}`);
    return Number(port);
  }

  /** EPSV and the data connection. */
  async openData(from: Partial<TcpNetConnectOpts> = {}): Promise<Socket> {
    return openSocket(await this.passivePort(), from);
  }

  /** TLS over a data connection, by default with the session of this control connection. */
  async protect(data: Socket, options: ConnectionOptions = {}): Promise<TLSSocket> {
    const secured = connectTls({
      ...this.#tls,
      session: this.tickets.at(-1),
      ...options,
      socket: data,
    });
    secured.on('error', () => undefined);
    await once(secured, 'secureConnect');
    return secured;
  }

  /** A whole upload; the final reply. */
  async upload(command: string, bytes: string | Uint8Array): Promise<RawReply> {
    const data = await this.openData();
    const first = await this.command(command);
    if (first.code !== 150) return first;
    data.end(bytes);
    return this.reply();
  }

  /** A whole upload over TLS; the final reply. */
  async protectedUpload(
    command: string,
    bytes: string | Uint8Array,
    options: ConnectionOptions = {},
  ): Promise<RawReply> {
    const data = await this.openData();
    const first = await this.command(command);
    if (first.code !== 150) return first;
    // Where the server refuses it closes the connection; the reply states why.
    const secured = await this.protect(data, options).catch(() => undefined);
    secured?.end(bytes);
    return this.reply();
  }

  /** What a listing command sends over the data connection, and its final code. */
  async listing(command: string): Promise<{ text: string; code: number }> {
    const data = await this.openData();
    data.setEncoding('utf8');
    let text = '';
    data.on('data', (part: string) => (text += part));
    const ended = once(data, 'close');
    const first = await this.command(command);
    if (first.code !== 150) return { text: first.text, code: first.code };
    await ended;
    return { text, code: (await this.reply()).code };
  }

  /** Resolves when the server has closed the control connection. */
  async ended(): Promise<void> {
    if (!this.#ended) await once(this.socket, 'close');
  }

  async quit(): Promise<void> {
    await this.command('QUIT');
    await this.ended();
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\r\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      this.#lines.push(line);
      if (!/^\d{3} /.test(line)) continue;
      const reply = { code: Number(line.slice(0, 3)), text: this.#lines.join('\n') };
      this.#lines = [];
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#replies.push(reply);
      else waiting(reply);
    }
  }
}

export async function openSocket(
  port: number,
  from: Partial<TcpNetConnectOpts> = {},
): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, ...from });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  return socket;
}

/** How a connection to the port fails; 'connected' where it does not. */
export function refusalOf(port: number): Promise<string | undefined> {
  return openSocket(port).then(
    () => 'connected',
    (error: unknown) => (error as NodeJS.ErrnoException).code,
  );
}

/** Something to wait at that a test opens. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
