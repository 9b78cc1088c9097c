import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { posix } from 'node:path';
import { TLSSocket, createSecureContext, type SecureContext } from 'node:tls';
import type { FolderAnswer, FolderInlet } from './folder-inlet.ts';
import type { InletKind } from './faults.ts';
import { pourInto } from './pour-into.ts';

/**
 * The ministry's FTP inlet, written apart from our own server so that the two do not share their
 * mistakes: the commands that clients need to deliver, passive mode only.
 */
export interface FtpInletOptions {
  readonly via: InletKind;
  readonly user: string;
  readonly password: string;
  /** With it: AUTH TLS, and nothing without. */
  readonly tls?: { readonly key: string; readonly certificate: string };
}

export function ftpInlet(folder: FolderInlet, options: FtpInletOptions): Server {
  const { tls } = options;
  const context = tls && createSecureContext({ key: tls.key, cert: tls.certificate });
  return createServer({ noDelay: true }, (socket) => {
    const session = new FtpSession(socket, folder, options, context);
    session.start();
  });
}

interface Reply {
  readonly code: number;
  readonly text: string;
}
const reply = (code: number, text: string): Reply => ({ code, text });

/** A reply that never is the last one. */
const unfinished = '150 still at it\r\n';

const refuse = (socket: Socket): void => void socket.destroy();

/** The session is gone, or has no answer for its client. */
class Dropped extends Error {}

class FtpSession {
  #control: Socket;
  readonly #folder: FolderInlet;
  readonly #options: FtpInletOptions;
  readonly #context: SecureContext | undefined;
  #user = '';
  #loggedIn = false;
  #path = '/';
  #renameFrom: string | undefined;
  #data: Promise<Socket> | undefined;
  readonly #forgotten: Promise<Socket>[] = [];
  #listener: Server | undefined;
  #connected: (socket: Socket) => void = refuse;
  #drip: NodeJS.Timeout | undefined;

  constructor(
    control: Socket,
    folder: FolderInlet,
    options: FtpInletOptions,
    context: SecureContext | undefined,
  ) {
    this.#control = control;
    this.#folder = folder;
    this.#options = options;
    this.#context = context;
  }

  start(): void {
    this.#listenTo(this.#control);
    this.#answer(reply(220, 'ministry stand-in'));
  }

  #listenTo(control: Socket): void {
    let text = '';
    let working = Promise.resolve();
    control.on('error', () => control.destroy());
    control.on('close', () => this.#end());
    control.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const lines = text.split(/\r?\n/);
      text = lines.pop() ?? '';
      const { takesCommandsTogether = true } = this.#folder.policy;
      const isLoss =
        takesCommandsTogether === 'not-after-RNTO'
          ? lines[0]?.startsWith('RNTO') === true
          : !takesCommandsTogether;
      for (const line of isLoss ? lines.slice(0, 1) : lines)
        working = working.then(() => this.#serve(line));
    });
  }

  async #serve(line: string): Promise<void> {
    const [verb = '', ...rest] = line.split(' ');
    try {
      this.#answer(await this.#execute(verb.toUpperCase(), rest.join(' ')));
      if (verb === 'AUTH' && this.#context !== undefined) this.#secure(this.#context);
    } catch (error) {
      if (!(error instanceof Dropped)) this.#answer(reply(451, String(error)));
    }
  }

  #secure(secureContext: SecureContext): void {
    this.#control.removeAllListeners('data');
    this.#control = new TLSSocket(this.#control, { isServer: true, secureContext });
    this.#listenTo(this.#control);
  }

  #answer({ code, text }: Reply): void {
    const lines = text.split('\n');
    const last = lines.pop() ?? '';
    const first = lines
      .map((line, index) => `${index === 0 ? `${code}-` : ' '}${line}\r\n`)
      .join('');
    if (this.#control.writable) this.#control.write(`${first}${code} ${last}\r\n`);
  }

  async #execute(verb: string, argument: string): Promise<Reply> {
    switch (verb) {
      case 'AUTH':
        return this.#context === undefined ? reply(502, 'no TLS') : reply(234, 'go on');
      case 'USER':
        this.#user = argument;
        if (this.#context !== undefined && !(this.#control instanceof TLSSocket))
          return reply(530, 'only with TLS');
        return reply(331, 'password please');
      case 'PASS':
        this.#loggedIn = this.#user === this.#options.user && argument === this.#options.password;
        return this.#loggedIn ? reply(230, 'welcome') : reply(530, 'login incorrect');
      case 'QUIT':
        this.#answer(reply(221, 'bye'));
        this.#control.end();
        throw new Dropped();
      case 'FEAT':
        return reply(211, `features\nEPSV\n${this.#reportsSizes ? 'SIZE\n' : ''}UTF8\nend`);
      case 'SYST':
        return reply(215, 'UNIX Type: L8');
      case 'OPTS':
      case 'TYPE':
      case 'STRU':
      case 'MODE':
      case 'NOOP':
      case 'PBSZ':
      case 'PROT':
        return reply(200, 'ok');
      default:
        return this.#loggedIn ? this.#executeInTree(verb, argument) : reply(530, 'log in first');
    }
  }

  get #reportsSizes(): boolean {
    return this.#folder.policy.reportsSizes ?? true;
  }

  async #executeInTree(verb: string, argument: string): Promise<Reply> {
    const path = posix.resolve(this.#path, argument);
    switch (verb) {
      case 'PWD':
        return reply(257, `"${this.#path}"`);
      case 'CWD':
        this.#path = path;
        return reply(250, 'ok');
      case 'CDUP':
        this.#path = posix.dirname(this.#path);
        return reply(250, 'ok');
      case 'MKD':
        return reply(257, `"${path}"`);
      case 'EPSV':
        return reply(229, `listening (|||${await this.#listen()}|)`);
      case 'PASV': {
        const port = await this.#listen();
        return reply(227, `listening (127,0,0,1,${port >> 8},${port & 255})`);
      }
      case 'STOR':
        return this.#store(path);
      case 'RETR':
        return this.#retrieve(path);
      case 'SIZE': {
        if (!this.#reportsSizes) return reply(502, 'SIZE is not implemented');
        const content = await this.#folder.read(path);
        return content === undefined
          ? reply(550, 'no such file')
          : reply(213, String(content.length));
      }
      case 'RNFR': {
        const answer = await this.#folder.mayRename(path);
        if (answer === 'done') this.#renameFrom = path;
        return answer === 'done' ? reply(350, 'to what?') : this.#replyTo(answer, path);
      }
      case 'RNTO': {
        const from = this.#renameFrom;
        this.#renameFrom = undefined;
        if (from === undefined) return reply(503, 'RNFR first');
        return this.#replyTo(await this.#folder.rename(from, path), path, 250);
      }
      case 'DELE':
        return this.#replyTo(await this.#folder.remove(path), path, 250);
      case 'LIST':
      case 'NLST':
        return this.#send(Buffer.alloc(0));
      default:
        return reply(502, `${verb} is not implemented`);
    }
  }

  async #store(path: string): Promise<Reply> {
    const { via } = this.#options;
    const { faults } = this.#folder;
    if (faults.take(via, posix.basename(path), ['end-session'])) {
      this.#answer(reply(421, 'that was enough for one session'));
      this.#control.end();
      throw new Dropped();
    }
    const may = await this.#folder.mayStore(path);
    if (may !== 'done') {
      this.#closeData();
      return this.#replyTo(may, path);
    }
    const data = await this.#openData();
    if (data === undefined) return reply(425, 'no data connection');
    const fault = faults.take(via, posix.basename(path), ['hang', 'close']);
    this.#answer(reply(150, 'go ahead'));
    const content = await receive(data, fault?.kind === 'close' ? (fault.bytes ?? 1) : undefined);
    if (fault?.kind === 'close') this.#drop();
    if (fault?.kind === 'hang') throw new Dropped();
    if (content === undefined) return reply(426, 'the data connection broke');
    return this.#replyTo(await this.#folder.store(path, content), path, 226);
  }

  #replyTo(answer: FolderAnswer, path: string, done = 250): Reply {
    const name = posix.basename(path);
    switch (answer) {
      case 'done':
        return reply(done, `accepted ${name}`);
      case 'exists':
        return reply(553, `${name}: file already exists`);
      case 'missing':
        return reply(550, `${name}: no such file`);
      case 'unknown':
        return reply(502, 'not implemented');
      case 'denied':
        return reply(550, `${name}: permission denied`);
      case 'bad-name':
        return reply(553, `prohibited file name: ${name}`);
      case 'bad-form':
        return reply(553, 'not in the official form');
      case 'not-now':
        return reply(450, 'under maintenance');
      case 'lose-answer':
        return this.#drop();
      case 'flood':
        pourInto(this.#control, unfinished);
        throw new Dropped();
      case 'drip':
        this.#drip = setInterval(() => this.#control.write(unfinished), 20);
        throw new Dropped();
    }
  }

  async #retrieve(path: string): Promise<Reply> {
    if (this.#folder.policy.readable === false) return reply(550, 'not readable');
    const content = await this.#folder.read(path);
    if (content === undefined) return reply(550, 'no such file');
    if (this.#folder.faults.take(this.#options.via, posix.basename(path), ['flood-reading'])) {
      const data = await this.#openData();
      this.#answer(reply(150, 'here it comes'));
      if (data !== undefined) pourInto(data, content);
      throw new Dropped();
    }
    return this.#send(content);
  }

  async #send(content: Buffer): Promise<Reply> {
    const data = await this.#openData();
    if (data === undefined) return reply(425, 'no data connection');
    this.#answer(reply(150, 'here it comes'));
    await new Promise<void>((resolve) => data.end(content, () => resolve()));
    return reply(226, 'done');
  }

  /** One listener for the whole session: making one for each transfer would be most of its cost. */
  async #listen(): Promise<number> {
    this.#closeData();
    if (this.#listener === undefined) {
      const listener = createServer({ noDelay: true }, (socket) => {
        socket.on('error', () => socket.destroy());
        this.#connected(socket);
      });
      this.#listener = listener;
      listener.listen(0, '127.0.0.1');
      await once(listener, 'listening');
    }
    this.#data = new Promise((resolve) => (this.#connected = resolve));
    const { transferWaitMs } = this.#folder.policy;
    if (transferWaitMs !== undefined) this.#forgetLater(this.#data, transferWaitMs);
    return (this.#listener.address() as AddressInfo).port;
  }

  async #openData(): Promise<Socket | undefined> {
    const socket = await this.#data;
    this.#data = undefined;
    if (socket === undefined || this.#context === undefined) return socket;
    const secure = new TLSSocket(socket, { isServer: true, secureContext: this.#context });
    secure.on('error', () => secure.destroy());
    return secure;
  }

  /** Drops a data connection that was made and not used. */
  #closeData(): void {
    void this.#data?.then((socket) => socket.destroy());
    this.#data = undefined;
    this.#connected = refuse;
  }

  /** The client learns of it when it asks for a transfer. */
  #forgetLater(data: Promise<Socket>, ms: number): void {
    setTimeout(() => {
      if (this.#data !== data) return;
      this.#forgotten.push(data);
      this.#data = undefined;
    }, ms).unref();
  }

  #end(): void {
    clearInterval(this.#drip);
    this.#closeData();
    for (const data of this.#forgotten) void data.then((socket) => socket.destroy());
    this.#listener?.close();
  }

  #drop(): never {
    this.#control.destroy();
    throw new Dropped();
  }
}

/** All bytes up to a clean end; undefined where the connection broke, or is broken after so many bytes. */
function receive(data: Socket, breakAfter: number | undefined): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    data.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (breakAfter !== undefined && size >= breakAfter) data.destroy();
    });
    data.on('end', () => {
      data.end();
      resolve(Buffer.concat(chunks));
    });
    data.on('close', () => resolve(undefined));
  });
}
