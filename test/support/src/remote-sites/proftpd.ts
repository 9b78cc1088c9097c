import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../processes/free-port.ts';
import { canTestWith, findProgram, unpackedServers } from '../programs.ts';
import { startServerProcess, temporaryFolder, type RemoteServer } from './server-process.ts';

export const hasProftpd = (): boolean => canTestWith('proftpd');

export interface Proftpd extends RemoteServer {
  readonly user: string;
  readonly password: string;
}

/** The password `secret`, as `openssl passwd -1` makes it. */
const passwordHash = '$1$envigate$lK/i6e2y.4MA9mMI4KjIi0';

/** ProFTPD on loopback, as the user who runs the tests. `directives` are lines of its configuration. */
export async function startProftpd(directives: readonly string[] = []): Promise<Proftpd> {
  const home = await temporaryFolder('proftpd');
  const dir = join(home, 'site');
  await mkdir(dir);
  const { uid, gid, username } = userInfo();
  const users = join(home, 'users');
  const user = 'so-nnmt';
  await writeFile(users, `${user}:${passwordHash}:${uid}:${gid}::${dir}:/bin/sh\n`, {
    mode: 0o600,
  });
  const port = await freePort();
  const config = join(home, 'proftpd.conf');
  await writeFile(
    config,
    [
      'ServerName envigate-test',
      'ServerType standalone',
      'DefaultServer on',
      'DefaultAddress 127.0.0.1',
      `Port ${port}`,
      'UseIPv6 off',
      'UseReverseDNS off',
      `User ${username}`,
      `Group ${await groupName(gid)}`,
      'RootLogin on',
      'RequireValidShell off',
      'AuthPAM off',
      'AuthOrder mod_auth_file.c',
      `AuthUserFile ${users}`,
      'WtmpLog off',
      'TransferLog none',
      `SystemLog ${join(home, 'proftpd.log')}`,
      `PidFile ${join(home, 'pid')}`,
      `ScoreboardFile ${join(home, 'scoreboard')}`,
      'DelayEngine off',
      ...directives,
      '',
    ].join('\n'),
  );
  const program = findProgram('proftpd') ?? 'proftpd';
  const env = { ...process.env, LD_LIBRARY_PATH: librariesOf(program) };
  const args = ['--nodaemon', '--quiet', '--config', config];
  const stop = await startServerProcess({ program, args, port, env, home });
  return { port, dir, root: dir, user, password: 'secret', stop };
}

async function groupName(gid: number): Promise<string> {
  const groups = (await readFile('/etc/group', 'utf8')).split('\n');
  const [name = String(gid)] =
    groups.find((line) => line.split(':')[2] === String(gid))?.split(':') ?? [];
  return name;
}

function librariesOf(program: string): string | undefined {
  if (!program.startsWith(unpackedServers)) return process.env['LD_LIBRARY_PATH'];
  return join(unpackedServers, 'usr/lib/x86_64-linux-gnu');
}
