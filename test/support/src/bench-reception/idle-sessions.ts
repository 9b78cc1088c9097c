import { once } from 'node:events';
import { connect } from 'node:net';
import { openSftp } from './sftp-client.ts';
import type { OurReceiver } from './servers/our-receiver.ts';
import type { ServerUnderTest } from './servers/server-under-test.ts';

const loginsAtOnce = 8;
/** For what a login leaves behind to be collected. */
const restMs = 3000;

type Open = () => Promise<() => Promise<unknown>>;
type Login = Pick<ServerUnderTest, 'port' | 'user' | 'password'>;

/** By how many bytes our process grows with so many sessions that are logged in and do nothing. */
export async function growthWithIdle(
  receiver: OurReceiver,
  sessions: number,
  open: Open,
): Promise<number> {
  // What the first sessions make the process load and keep is not the price of a session.
  await closeAll(await openMany(loginsAtOnce * 2, open));
  await rest();
  const before = await receiver.residentBytes();
  const closes = await openMany(sessions, open);
  await rest();
  const after = await receiver.residentBytes();
  await closeAll(closes);
  return after - before;
}

export function ftpSession({ port, user, password }: Login): Open {
  return async () => {
    const control = connect({ host: '127.0.0.1', port });
    for (const command of [`USER ${user}`, `PASS ${password}`]) {
      await once(control, 'data');
      control.write(`${command}\r\n`);
    }
    const [answer] = (await once(control, 'data')) as [Buffer];
    if (!answer.toString().startsWith('230')) {
      control.destroy();
      throw new Error(`login: ${answer.toString()}`);
    }
    return async () => {
      control.end();
      await once(control, 'close');
    };
  };
}

export function sftpSession(server: Login, privateKey: string): Open {
  return async () => {
    const session = await openSftp(server, privateKey);
    return () => session.end();
  };
}

/** Resolves with what closes them, in any order. */
export async function openMany(count: number, open: Open): Promise<(() => Promise<unknown>)[]> {
  const closes: (() => Promise<unknown>)[] = [];
  let begun = 0;
  const lane = async (): Promise<void> => {
    while (begun < count) {
      begun += 1;
      closes.push(await open());
    }
  };
  await Promise.all(Array.from({ length: loginsAtOnce }, lane));
  return closes;
}

async function closeAll(closes: readonly (() => Promise<unknown>)[]): Promise<void> {
  await Promise.all(closes.map((close) => close()));
}

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, restMs));
}
