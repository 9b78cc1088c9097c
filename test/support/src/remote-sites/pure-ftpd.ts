import { chown, mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../processes/free-port.ts';
import { canTestWith, findProgram, reportSkipped } from '../programs.ts';
import { startServerProcess, temporaryFolder, type RemoteServer } from './server-process.ts';

/** Debian's build takes logins as root only. */
export function hasPureFtpd(): boolean {
  if (!canTestWith('pure-ftpd')) return false;
  if (userInfo().uid === 0) return true;
  reportSkipped('tests with pure-ftpd: they need root');
  return false;
}

export interface PureFtpd extends RemoteServer {
  readonly user: string;
  readonly password: string;
}

/** Its users must not be root: nobody and nogroup. */
const nobody = 65534;

/** Pure-FTPd on loopback. `switches` are those of its command line: `-x`, `-G`, `-K`, … */
export async function startPureFtpd(switches: readonly string[] = []): Promise<PureFtpd> {
  const home = await temporaryFolder('pure-ftpd');
  const dir = join(home, 'site');
  await mkdir(dir);
  await chown(home, nobody, nobody);
  await chown(dir, nobody, nobody);
  const [user, password] = ['so-nnmt', 'secret'];
  // It asks a program of its own who may log in, over a socket.
  const authentication = createServer((socket) => {
    let text = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (!/^end$/m.test(text)) return;
      const isRight = text.includes(`account:${user}\n`) && text.includes(`password:${password}\n`);
      socket.end(
        isRight
          ? `auth_ok:1\nuid:${nobody}\ngid:${nobody}\ndir:${dir}\nend\n`
          : 'auth_ok:-1\nend\n',
      );
    });
  });
  const path = join(home, 'authentication');
  await new Promise<void>((resolve) => authentication.listen(path, resolve));
  const port = await freePort();
  const args = [
    ...['--bind', `127.0.0.1,${port}`],
    ...['--login', `extauth:${path}`],
    ...['--minuid', '1'],
    ...['--pidfile', join(home, 'pid')],
    '--noanonymous',
    '--dontresolve',
    '--ipv4only',
    ...switches,
  ];
  const program = findProgram('pure-ftpd') ?? 'pure-ftpd';
  const stop = await startServerProcess({ program, args, port, home });
  return {
    ...{ port, dir, root: dir, user, password },
    async stop() {
      authentication.close();
      await stop();
    },
  };
}
