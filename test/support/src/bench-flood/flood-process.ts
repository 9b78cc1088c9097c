import { connect, type Socket } from 'node:net';

// One flood, from a process of its own, as its argument describes it. Prints `done` when all is sent, or
// all sessions are open; goes on until it is ended.

export type FloodKind = 'empty-lines' | 'silent-sessions' | 'slow-uploads';

export interface FloodOptions {
  readonly kind: FloodKind;
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

let opened = 0;

function open(port: number): Socket {
  const localAddress = `127.0.1.${1 + (Math.floor(opened++ / sessionsPerAddress) % 250)}`;
  const socket = connect({ host: '127.0.0.1', port, localAddress });
  socket.on('error', () => undefined);
  return socket.resume();
}

/** Unlike `once` of Node.js it does not fail with the socket. */
function next(socket: Socket, event: 'data' | 'drain' | 'close'): Promise<void> {
  return new Promise((resolve) => socket.once(event, () => resolve()));
}

function closeOf(socket: Socket): Promise<void> {
  return socket.closed ? Promise.resolve() : next(socket, 'close');
}

/** Without a login. Where the server ends the connection, on the next one. */
async function sendEmptyLines({ port, amount }: FloodOptions): Promise<void> {
  let sent = 0;
  while (sent < amount) {
    const socket = open(port);
    const closed = closeOf(socket);
    while (sent < amount && !socket.destroyed) {
      sent += chunk.length;
      if (!socket.write(chunk)) await Promise.race([next(socket, 'drain'), closed]);
    }
    socket.destroy();
  }
}

/** All of them open at a time: one that the server ends comes again. */
async function openSilent({ port, amount }: FloodOptions): Promise<void> {
  const openOne = (): Promise<unknown> => {
    const socket = open(port);
    socket.once('close', () => setTimeout(() => void openOne(), 100));
    return Promise.race([next(socket, 'data'), closeOf(socket)]);
  };
  for (let n = 0; n < amount; n += 20) await Promise.all(Array.from({ length: 20 }, openOne));
}

/** Each brings a mebibyte at once and then next to nothing. One that is refused comes again. */
async function uploadSlowly({ port, user, password, amount }: FloodOptions): Promise<void> {
  await Promise.all(Array.from({ length: amount }, (_, n) => beginSlowUpload(n)));

  async function beginSlowUpload(n: number): Promise<void> {
    const control = open(port);
    let heard = '';
    control.on('data', (bytes: Buffer) => (heard += bytes.toString('latin1')));
    const again = (): void => void setTimeout(() => void beginSlowUpload(n), slowPauseMs);
    control.once('close', again);
    const answer = async (to: string, codes: RegExp): Promise<RegExpExecArray | undefined> => {
      heard = '';
      if (to !== '') control.write(`${to}\r\n`);
      for (;;) {
        const found = codes.exec(heard);
        if (found !== null) return found;
        if (control.destroyed || /^[45]\d\d /m.test(heard)) return undefined;
        await Promise.race([next(control, 'data'), closeOf(control)]);
      }
    };
    await answer('', /^220 /m);
    await answer(`USER ${user}`, /^331 /m);
    await answer(`PASS ${password}`, /^230 /m);
    const dataPort = (await answer('EPSV', /\|\|\|(\d+)\|/))?.[1];
    const isTaken =
      dataPort !== undefined && (await answer(`STOR slow-${n}.txt`, /^150 /m)) !== undefined;
    if (!isTaken) {
      control.destroy();
      return;
    }
    const { localAddress } = control;
    // From the address of the control connection: the server refuses others.
    const data = connect({
      host: '127.0.0.1',
      port: Number(dataPort),
      ...(localAddress !== undefined && { localAddress }),
    });
    data.on('error', () => undefined).resume();
    data.once('close', () => control.destroy());
    data.write(Buffer.alloc(slowBytes, '7'));
    const timer = setInterval(() => data.write('7'), slowPauseMs);
    control.once('close', () => clearInterval(timer));
  }
}

const options = JSON.parse(process.argv[2] ?? '') as FloodOptions;
const floods = {
  'empty-lines': sendEmptyLines,
  'silent-sessions': openSilent,
  'slow-uploads': uploadSlowly,
};
await floods[options.kind](options);
console.log('done');
