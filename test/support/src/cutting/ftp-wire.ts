import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

export interface FtpAccess {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/**
 * An FTP client whose connections are laid open, so that each can be ended in any way at any time.
 * Replies are awaited in order; a lost control connection rejects.
 */
export class FtpWire {
  control: Socket;
  #session: Buffer | undefined;
  #isProtected = false;
  readonly #replies: string[] = [];
  #rest = '';
  #isOver = false;
  #wake: () => void = () => undefined;

  private constructor(port: number) {
    this.control = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#listen();
  }

  /** Connects and logs in. */
  static async open(access: FtpAccess, protection: 'plain' | 'tls' = 'plain'): Promise<FtpWire> {
    const wire = new FtpWire(access.port);
    try {
      await wire.expect('220');
      if (protection === 'tls') await wire.#protect();
      await wire.command(`USER ${access.user}`, '331');
      await wire.command(`PASS ${access.password}`, '230');
      return wire;
    } catch (error) {
      wire.control.destroy();
      throw error;
    }
  }

  /** Whether the server understands AUTH TLS. */
  static async offersTls(access: FtpAccess): Promise<boolean> {
    const wire = new FtpWire(access.port);
    try {
      await wire.expect('220');
      return (await wire.ask('AUTH TLS')).startsWith('234');
    } finally {
      wire.control.destroy();
    }
  }

  /** Opens the data connection and has the server wait for the file. */
  async begin(name: string): Promise<Socket> {
    const reply = await this.command('EPSV', '229');
    const port = Number(/\|\|\|(\d+)\|/.exec(reply)?.[1]);
    const data = connect({ host: '127.0.0.1', port, noDelay: true });
    data.on('error', () => undefined);
    await once(data, 'connect');
    await this.command(`STOR ${name}`, '150');
    return this.#isProtected ? this.#protectData(data) : data;
  }

  /** A whole upload; resolves with the acknowledgement. */
  async upload(name: string, content: Uint8Array): Promise<void> {
    const data = await this.begin(name);
    data.end(content);
    await this.expect('226');
    data.destroy();
  }

  async command(line: string, code: string): Promise<string> {
    this.control.write(`${line}\r\n`);
    return this.expect(code);
  }

  ask(line: string): Promise<string> {
    this.control.write(`${line}\r\n`);
    return this.reply();
  }

  async expect(code: string): Promise<string> {
    const reply = await this.reply();
    if (!reply.startsWith(code)) throw new Error(`expected ${code}, got: ${reply}`);
    return reply;
  }

  /** The last line of the next reply. */
  async reply(): Promise<string> {
    for (;;) {
      const reply = this.#replies.shift();
      if (reply !== undefined) return reply;
      if (this.#isOver) throw new Error('the control connection ended');
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async #protect(): Promise<void> {
    await this.command('AUTH TLS', '234');
    this.control.removeAllListeners();
    const secure = connectTls({ socket: this.control, rejectUnauthorized: false });
    // TLS 1.3 gives its tickets after the handshake; a server may ask for one of them.
    secure.on('session', (session) => (this.#session = session));
    this.control = secure;
    this.#listen();
    await once(secure, 'secureConnect');
    await this.command('PBSZ 0', '200');
    await this.command('PROT P', '200');
    this.#isProtected = true;
  }

  async #protectData(socket: Socket): Promise<TLSSocket> {
    const session = this.#session;
    const data = connectTls({ socket, rejectUnauthorized: false, ...(session && { session }) });
    data.on('error', () => undefined);
    await once(data, 'secureConnect');
    return data;
  }

  #listen(): void {
    const { control } = this;
    control.setEncoding('utf8');
    control.on('data', (text: string) => this.#take(text));
    control.on('error', () => undefined);
    control.on('close', () => {
      this.#isOver = true;
      this.#wake();
    });
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\r\n');
    this.#rest = lines.pop() ?? '';
    this.#replies.push(...lines.filter((line) => /^\d{3} /.test(line)));
    this.#wake();
  }
}
