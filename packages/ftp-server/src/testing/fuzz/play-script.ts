import { setTimeout as sleep } from 'node:timers/promises';
import { ListingBudget } from '@envigate/domain';
import { systemClock } from '@envigate/runtime';
import { LingeringConnections } from '../../lingering-connections.ts';
import type { SessionEnvironment, TlsEnvironment } from '../../session-state.ts';
import { Session } from '../../session.ts';
import type { FtpEmit } from '../../telemetry.ts';
import { FakeHall } from '../fake-hall.ts';
import { FakeListeners, FakeWire } from './fake-wire.ts';
import type { Random, Step } from './generate-script.ts';

export interface PlayOptions {
  readonly emit: FtpEmit;
  readonly tls: TlsEnvironment | undefined;
  readonly random: Random;
}

const client = '192.0.2.7';
const stranger = '203.0.113.9';
/** A session hangs that needs more of both: turns are long among many clients, and short alone. */
const maxTurns = 20_000;
const maxEndMs = 2000;
const restMs = 8;

/** Plays a client against a whole session. What is wrong, in words. */
export async function playScript(
  steps: readonly Step[],
  { emit, tls, random }: PlayOptions,
): Promise<readonly string[]> {
  const faults: string[] = [];
  const hall = new FakeHall();
  hall.before = (step, path) => {
    if (step !== 'login' && !isProperPath(path))
      faults.push(`the hall got ${JSON.stringify(path)}`);
  };
  const listeners = new FakeListeners();
  const lingering = new LingeringConnections();
  const control = new FakeWire(client);
  const data: FakeWire[] = [];
  const session = new Session(
    control,
    {
      peer: { address: client, port: 1024 },
      localAddress: '127.0.0.1',
      implicitTls: undefined,
      isOwnProbe: false,
    },
    environment({ hall, listeners, lingering, emit, tls }),
  );
  let isClosed = false;
  void session.closed.then(() => (isClosed = true));

  for (const step of steps) {
    if (step.kind === 'control') control.send(step.bytes);
    else if (step.kind === 'data') act(step, listeners, data);
    else if (step.kind === 'turns') await turns(step.count);
    else await sleep(restMs);
  }
  leave(control, random());
  await turns(Math.floor(random() * 3));
  control.destroy();
  const leftAt = performance.now();
  const mayTakeLonger = (turn: number): boolean =>
    turn < maxTurns || performance.now() - leftAt < maxEndMs;
  for (let turn = 0; !isClosed && mayTakeLonger(turn); turn += 1) await turns(1);
  if (!isClosed) faults.push('the session did not end');

  // Clients close what the server keeps open for them; nothing may be open then.
  for (const wire of data) wire.finish();
  await turns(5);
  lingering.destroyAll();
  await turns(2);
  if (data.some((wire) => !wire.destroyed)) faults.push('a data connection was left open');
  if (lingering.size > 0) faults.push('a connection lingers for ever');
  if (listeners.leased > 0) faults.push('a port was left leased');
  if (hall.tree.uploadsOpen > 0) faults.push('an upload was left open');
  // What follows the answer to AUTH is TLS.
  const replies = control.sent.split(/(?<=234 TLS, please\.\r\n)/)[0] ?? '';
  if (!areReplies(replies)) faults.push(`no proper replies: ${JSON.stringify(replies)}`);
  return faults;
}

function act(
  { act, bytes }: Extract<Step, { kind: 'data' }>,
  listeners: FakeListeners,
  data: FakeWire[],
): void {
  const newest = data.at(-1);
  switch (act) {
    case 'connect':
      data.push(listeners.connect(client));
      return;
    case 'stranger':
      data.push(listeners.connect(stranger));
      return;
    case 'send':
      newest?.send(bytes);
      return;
    case 'end':
      newest?.finish();
      return;
    case 'reset':
      newest?.reset();
      return;
  }
}

function leave(control: FakeWire, chance: number): void {
  if (chance < 0.25) control.send(Buffer.from('QUIT\r\n'));
  else if (chance < 0.5) control.finish();
  else if (chance < 0.75) control.reset();
}

function environment(
  parts: Pick<SessionEnvironment, 'hall' | 'listeners' | 'lingering' | 'emit' | 'tls'>,
): SessionEnvironment {
  return {
    ...parts,
    listings: new ListingBudget({ all: 10_000, perAccount: 5_000 }),
    clock: systemClock,
    publicAddress: undefined,
    activeMode: false,
    listStyle: 'unix',
    connectSeconds: 20,
    idleSeconds: 60,
    loginSeconds: 60,
    maxFileBytes: 500,
  };
}

/** Whole replies of RFC 959 4.2 and nothing else: no byte of a client makes a line of its own. */
function areReplies(text: string): boolean {
  const lines = text.split('\r\n');
  // The last one was cut by the end of the connection, if it is there at all.
  lines.pop();
  let inside: string | undefined;
  for (const line of lines) {
    if (/[\0-\x1f]/.test(line.replaceAll('\t', ''))) return false;
    if (inside !== undefined) {
      if (line.startsWith(`${inside} `)) inside = undefined;
      else if (!line.startsWith(' ')) return false;
    } else if (/^[1-5]\d\d-/.test(line)) inside = line.slice(0, 3);
    else if (!/^[1-5]\d\d /.test(line)) return false;
  }
  return inside === undefined;
}

/** What the port promises to halls: absolute, resolved, nothing that is no name. */
function isProperPath(path: string): boolean {
  if (path === '/') return true;
  const names = path.split('/').slice(1);

  return path.startsWith('/') && names.every((name) => !/^\.{0,2}$|[\0\r\n]/.test(name));
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
}
