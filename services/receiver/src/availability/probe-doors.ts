import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Duplex } from 'node:stream';
import { messageOf } from '@envigate/runtime';
import type { OwnProbes } from './own-probes.ts';

/** A door of this receiver, as a station reaches it. */
export interface ProbedDoor {
  readonly host: string;
  readonly port: number;
}

const timeoutMs = 3_000;
const maxGreetingBytes = 4096;

/** An FTP control port must greet; with `tls` it must also make TLS, by AUTH or from the beginning. */
export async function probeFtp(
  door: ProbedDoor,
  tls: 'none' | 'explicit' | 'implicit',
  own: OwnProbes,
): Promise<void> {
  await withConnection(door, own, async (socket) => {
    const plain = tls === 'implicit' ? await secure(socket) : socket;
    await expectLine(plain, /^220[ -]/);
    let control = plain;
    if (tls === 'explicit') {
      socket.write('AUTH TLS\r\n');
      await expectLine(socket, /^234[ -]/);
      control = await secure(socket);
    }
    control.write('QUIT\r\n');
    await expectLine(control, /^221[ -]/);
  });
}

/** An SFTP port must say that it speaks SSH. */
export async function probeSftp(door: ProbedDoor, own: OwnProbes): Promise<void> {
  await withConnection(door, own, (socket) => expectLine(socket, /^SSH-2\.0-/));
}

/** Rejects with what was seen in place of an answer, after a time limit at the latest. */
async function withConnection(
  { host, port }: ProbedDoor,
  own: OwnProbes,
  talk: (socket: Socket) => Promise<void>,
): Promise<void> {
  const socket = connectTcp({ host: reachable(host), port, noDelay: true });
  own.add(socket);
  let timer: NodeJS.Timeout | undefined;
  const failure = new Promise<never>((_, reject) => {
    socket.once('error', reject);
    timer = setTimeout(
      () => reject(new Error(`no answer within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
  });
  try {
    await Promise.race([talk(socket), failure]);
  } catch (error) {
    throw new Error(`${host} port ${port}: ${messageOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
    // What it says after our end interests nobody.
    socket.on('error', () => undefined);
    socket.destroy();
  }
}

/** Where a server that listens on all addresses is reached from the same machine. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

function secure(socket: Socket): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const settings = { minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    // Whether the door answers is asked here, not whether its certificate is good.
    const secured = connectTls({ socket, rejectUnauthorized: false, ...settings }, () =>
      resolve(secured),
    );
    secured.on('error', reject);
  });
}

function expectLine(stream: Duplex, expected: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const end = (settle: () => void): void => {
      stream.removeListener('data', onData);
      stream.removeListener('close', onClose);
      settle();
    };
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      if (!text.includes('\n') && text.length < maxGreetingBytes) return;
      if (expected.test(text)) end(resolve);
      else end(() => reject(new Error(`answered '${text.slice(0, 60).trim()}'`)));
    };
    const onClose = (): void => end(() => reject(new Error('closed without an answer')));
    stream.on('data', onData);
    stream.on('close', onClose);
  });
}
