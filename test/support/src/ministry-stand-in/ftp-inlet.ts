import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { posix } from 'node:path';
import type { Inbox } from './inbox.ts';

/**
 * The ministry's FTP inlet, written apart from our own server so that the two do not share their
 * mistakes: the commands that clients need to deliver, passive mode only. A name that begins with
 * a dot is not a file yet; every other name is accepted when its upload or renaming ends.
 */
export interface FtpInletOptions {
  readonly user: string;
  readonly password: string;
  /** False: the inlet knows no RNFR, as some do not. */
  readonly renames: boolean;
  /** False: RETR is refused, as at a write-only inlet. */
  readonly readable: boolean;
}

export function ftpInlet(inbox: Inbox, options: FtpInletOptions): Server {
  return createServer({ noDelay: true }, (socket) => {
    const session = new FtpSession(socket, inbox, options);
    session.start();
  });
}

interface Reply {
  readonly code: number;
  readonly text: string;
}
const reply = (code: number, text: string): Reply => ({ code, text });

const refuse = (socket: Socket): void => void socket.destroy();

/** The session is gone: there is nobody to answer. */
class Dropped extends Error {}

class FtpSession {
  readonly #control: Socket;
  readonly #inbox: Inbox;
  readonly #options: FtpInletOptions;
  #user = '';
  #loggedIn = false;
  #folder = '/';
  #renameFrom: string | undefined;
  #data: Promise<Socket> | undefined;
  #listener: Server | undefined;
  #connected: (socket: Socket) => void = refuse;
  /** Uploads under names that are not files yet. */
  readonly #parts = new Map<string, Buffer>();

  constructor(control: Socket, inbox: Inbox, options: FtpInletOptions) {
    this.#control = control;
    this.#inbox = inbox;
    this.#options = options;
  }

  start(): void {
    let text = '';
    let working = Promise.resolve();
    this.#control.setEncoding('utf8');
    this.#control.on('error', () => this.#control.destroy());
    this.#control.on('close', () => this.#end());
    this.#control.on('data', (chunk: string) => {
      text += chunk;
      const lines = text.split(/\r?\n/);
      text = lines.pop() ?? '';
      for (const line of lines) working = working.then(() => this.#serve(line));
    });
    this.#answer(reply(220, 'ministry stand-in'));
  }

  async #serve(line: string): Promise<void> {
    const [verb = '', ...rest] = line.split(' ');
    try {
      this.#answer(await this.#execute(verb.toUpperCase(), rest.join(' ')));
    } catch (error) {
      if (!(error instanceof Dropped)) this.#answer(reply(451, String(error)));
    }
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
      case 'USER':
        this.#user = argument;
        return reply(331, 'password please');
      case 'PASS':
        this.#loggedIn = this.#user === this.#options.user && argument === this.#options.password;
        return this.#loggedIn ? reply(230, 'welcome') : reply(530, 'login incorrect');
      case 'QUIT':
        this.#answer(reply(221, 'bye'));
        this.#control.end();
        throw new Dropped();
      case 'FEAT':
        return reply(211, 'features\nEPSV\nSIZE\nUTF8\nend');
      case 'SYST':
        return reply(215, 'UNIX Type: L8');
      case 'OPTS':
      case 'TYPE':
      case 'STRU':
      case 'MODE':
      case 'NOOP':
        return reply(200, 'ok');
      default:
        return this.#loggedIn ? this.#executeInTree(verb, argument) : reply(530, 'log in first');
    }
  }

  async #executeInTree(verb: string, argument: string): Promise<Reply> {
    const path = posix.resolve(this.#folder, argument);
    switch (verb) {
      case 'PWD':
        return reply(257, `"${this.#folder}"`);
      case 'CWD':
        this.#folder = path;
        return reply(250, 'ok');
      case 'CDUP':
        this.#folder = posix.dirname(this.#folder);
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
        const content = await this.#read(path);
        return content === undefined
          ? reply(550, 'no such file')
          : reply(213, String(content.length));
      }
      case 'RNFR':
        if (!this.#options.renames) return reply(502, 'not implemented');
        if ((await this.#read(path)) === undefined) return reply(550, 'no such file');
        this.#renameFrom = path;
        return reply(350, 'to what?');
      case 'RNTO':
        return this.#rename(path);
      case 'DELE':
        if ((await this.#read(path)) === undefined) return reply(550, 'no such file');
        if (!this.#parts.delete(path)) await this.#inbox.remove('ftp', path);
        return reply(250, 'gone');
      case 'LIST':
      case 'NLST':
        return this.#send(Buffer.alloc(0));
      default:
        return reply(502, `${verb} is not implemented`);
    }
  }

  async #store(path: string): Promise<Reply> {
    const data = await this.#openData();
    if (data === undefined) return reply(425, 'no data connection');
    const fault = this.#inbox.faults.take('ftp', posix.basename(path), ['hang', 'close']);
    this.#answer(reply(150, 'go ahead'));
    const content = await receive(data, fault === 'close');
    if (fault === 'close') this.#drop();
    if (fault === 'hang') throw new Dropped();
    if (content === undefined) return reply(426, 'the data connection broke');
    if (isPart(path)) {
      this.#parts.set(path, content);
      return reply(226, `${content.length} bytes`);
    }
    return this.#accept(path, content, reply(226, `accepted ${content.length} bytes`));
  }

  async #rename(to: string): Promise<Reply> {
    const from = this.#renameFrom;
    this.#renameFrom = undefined;
    const content = from === undefined ? undefined : await this.#read(from);
    if (from === undefined || content === undefined) return reply(503, 'RNFR first');
    if (isPart(to)) return reply(553, 'that is no name for a file');
    const answer = await this.#accept(to, content, reply(250, `accepted ${posix.basename(to)}`));
    if (answer.code === 250) this.#parts.delete(from);
    return answer;
  }

  async #accept(path: string, content: Buffer, accepted: Reply): Promise<Reply> {
    const fault = this.#inbox.faults.take('ftp', posix.basename(path), [
      'refuse',
      'unavailable',
      'lose-answer',
    ]);
    if (fault === 'refuse') return reply(553, 'not in the official form');
    if (fault === 'unavailable') return reply(450, 'under maintenance');
    await this.#inbox.accept({ via: 'ftp', path, content, resend: null, key: null });
    if (fault === 'lose-answer') this.#drop();
    return accepted;
  }

  async #retrieve(path: string): Promise<Reply> {
    if (!this.#options.readable) return reply(550, 'not readable');
    const content = await this.#read(path);
    return content === undefined ? reply(550, 'no such file') : this.#send(content);
  }

  async #send(content: Buffer): Promise<Reply> {
    const data = await this.#openData();
    if (data === undefined) return reply(425, 'no data connection');
    this.#answer(reply(150, 'here it comes'));
    await new Promise<void>((resolve) => data.end(content, () => resolve()));
    return reply(226, 'done');
  }

  async #read(path: string): Promise<Buffer | undefined> {
    return this.#parts.get(path) ?? this.#inbox.read('ftp', path);
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
    return (this.#listener.address() as AddressInfo).port;
  }

  async #openData(): Promise<Socket | undefined> {
    const data = this.#data;
    this.#data = undefined;
    return data;
  }

  /** Drops a data connection that was made and not used. */
  #closeData(): void {
    void this.#data?.then((socket) => socket.destroy());
    this.#data = undefined;
    this.#connected = refuse;
  }

  #end(): void {
    this.#closeData();
    this.#listener?.close();
  }

  #drop(): never {
    this.#control.destroy();
    throw new Dropped();
  }
}

function isPart(path: string): boolean {
  return posix.basename(path).startsWith('.');
}

/** All bytes up to a clean end; undefined where the connection broke, or is told to break at the first byte. */
function receive(data: Socket, breakIt: boolean): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    data.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (breakIt) data.destroy();
    });
    data.on('end', () => {
      data.end();
      resolve(Buffer.concat(chunks));
    });
    data.on('close', () => resolve(undefined));
  });
}
