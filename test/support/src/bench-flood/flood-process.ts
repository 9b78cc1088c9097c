import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';

// One flood, from a process of its own, as its argument describes it. Prints `done` when all is sent, or
// all sessions are open; goes on until it is ended.

export type FloodKind = 'empty-lines' | 'silent-sessions' | 'slow-uploads';

export interface FloodOptions {
  readonly kind: FloodKind;
  readonly protocol: 'ftp' | 'ftps' | 'sftp';
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Bytes of all lines, or sessions. */
  readonly amount: number;
}

/** Not the address of the other senders, and fewer connections of each than are admitted. */
const sessionsPerAddress = 100;
const chunk = Buffer.from('\r\n'.repeat(32 * 1024));
const slowBytes = 1024 * 1024 - 10;
const slowPauseMs = 3000;

const options = JSON.parse(process.argv[2] ?? '') as FloodOptions;
let opened = 0;

function open(): Socket {
  const localAddress = `127.0.1.${1 + (Math.floor(opened++ / sessionsPerAddress) % 250)}`;
  const socket = connect({ host: '127.0.0.1', port: options.port, localAddress });
  socket.on('error', () => undefined);
  return socket.resume();
}

/** Unlike `once` of Node.js it does not fail with the socket. */
function next(stream: Duplex, event: 'data' | 'drain' | 'close'): Promise<void> {
  return new Promise((resolve) => stream.once(event, () => resolve()));
}

function closeOf(stream: Duplex): Promise<void> {
  return stream.closed ? Promise.resolve() : next(stream, 'close');
}

function secure(socket: Socket): Duplex {
  const secured = connectTls({ socket, rejectUnauthorized: false });
  secured.on('error', () => undefined);
  return secured.resume();
}

/** The control connection of an FTP session, in TLS where the flood is. */
class Control {
  readonly #socket = open();
  #stream: Duplex = this.#socket;
  #heard = '';

  static async open(): Promise<Control> {
    const control = new Control();
    control.#listen();
    await control.answer('', /^220 /m);
    if (options.protocol === 'ftps' && (await control.answer('AUTH TLS', /^234 /m))) {
      control.#stream = secure(control.#socket);
      control.#listen();
    }
    return control;
  }

  get stream(): Duplex {
    return this.#stream;
  }

  get localAddress(): string | undefined {
    return this.#socket.localAddress;
  }

  /** Undefined where the answer is no, or none comes. */
  async answer(command: string, codes: RegExp): Promise<RegExpExecArray | undefined> {
    this.#heard = '';
    if (command !== '') this.#stream.write(`${command}\r\n`);
    for (;;) {
      const found = codes.exec(this.#heard);
      if (found !== null) return found;
      if (this.#stream.destroyed || /^[45]\d\d /m.test(this.#heard)) return undefined;
      await Promise.race([next(this.#stream, 'data'), closeOf(this.#stream)]);
    }
  }

  #listen(): void {
    this.#stream.on('data', (bytes: Buffer) => (this.#heard += bytes.toString('latin1')));
  }
}

/** Without a login. Where the server ends the connection, on the next one. */
async function sendEmptyLines(): Promise<void> {
  let sent = 0;
  while (sent < options.amount) {
    const stream = options.protocol === 'ftps' ? (await Control.open()).stream : open();
    const closed = closeOf(stream);
    while (sent < options.amount && !stream.destroyed) {
      sent += chunk.length;
      if (!stream.write(chunk)) await Promise.race([next(stream, 'drain'), closed]);
    }
    stream.destroy();
  }
}

/** All of them open at a time: one that the server ends comes again. */
async function openSilent(): Promise<void> {
  const openOne = (): Promise<unknown> => {
    const socket = open();
    socket.once('close', () => setTimeout(() => void openOne(), 100));
    return Promise.race([next(socket, 'data'), closeOf(socket)]);
  };
  for (let n = 0; n < options.amount; n += 20)
    await Promise.all(Array.from({ length: 20 }, openOne));
}

/** Each brings a mebibyte at once and then next to nothing. One that is refused comes again. */
async function uploadSlowly(): Promise<void> {
  const begin = options.protocol === 'sftp' ? beginSftpUpload : beginFtpUpload;
  // All at a time would get a small part each, be refused together and hold nothing.
  for (let n = 0; n < options.amount; n += 8)
    await Promise.all(Array.from({ length: 8 }, (_, i) => begin(n + i)));
}

async function beginFtpUpload(n: number): Promise<void> {
  const { user, password, protocol } = options;
  const control = await Control.open();
  const { stream, localAddress } = control;
  const comeAgain = (): void => void setTimeout(() => void beginFtpUpload(n), slowPauseMs);
  if (stream.closed) comeAgain();
  else stream.once('close', comeAgain);
  await control.answer(`USER ${user}`, /^331 /m);
  await control.answer(`PASS ${password}`, /^230 /m);
  if (protocol === 'ftps') {
    await control.answer('PBSZ 0', /^200 /m);
    await control.answer('PROT P', /^200 /m);
  }
  const port = (await control.answer('EPSV', /\|\|\|(\d+)\|/))?.[1];
  const isTaken =
    port !== undefined && (await control.answer(`STOR slow-${n}.txt`, /^150 /m)) !== undefined;
  if (!isTaken) {
    stream.destroy();
    return;
  }
  // From the address of the control connection: the server refuses others.
  const socket = connect({
    ...{ host: '127.0.0.1', port: Number(port) },
    ...(localAddress !== undefined && { localAddress }),
  });
  socket.on('error', () => undefined);
  const data = protocol === 'ftps' ? secure(socket) : socket.resume();
  data.once('close', () => stream.destroy());
  data.write(Buffer.alloc(slowBytes, '7'));
  const timer = setInterval(() => data.write('7'), slowPauseMs);
  stream.once('close', () => clearInterval(timer));
}

async function beginSftpUpload(n: number): Promise<void> {
  const { user: username, password } = options;
  const client = new ssh2.Client();
  const sock = open();
  sock.once('close', () => setTimeout(() => void beginSftpUpload(n), slowPauseMs));
  client.on('error', () => undefined);
  const isTaken = new Promise<void>((resolve) => {
    sock.once('close', resolve);
    client.once('ready', () =>
      client.sftp((failure, sftp) => {
        if (failure !== undefined) return client.end();
        sftp.open(`slow-${n}.txt`, 'w', (refused, handle) => {
          if (refused !== undefined) return client.end();
          let at = 0;
          const write = (bytes: Buffer, then: () => void): void => {
            sftp.write(handle, bytes, 0, bytes.length, at, (no) => (no ? client.end() : then()));
            at += bytes.length;
          };
          write(Buffer.alloc(slowBytes, '7'), resolve);
          const timer = setInterval(() => write(Buffer.from('7'), () => undefined), slowPauseMs);
          sock.once('close', () => clearInterval(timer));
        });
      }),
    );
  });
  client.connect({ sock, username, password });
  await isTaken;
}

const floods = {
  'empty-lines': sendEmptyLines,
  'silent-sessions': openSilent,
  'slow-uploads': uploadSlowly,
};
await floods[options.kind]();
console.log('done');
