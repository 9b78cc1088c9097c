import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../processes/free-port.ts';
import { writeSshKey } from '../../ssh-key.ts';
import { findOrInstall, startForeign } from './foreign-program.ts';
import type { ServerUnderTest } from './server-under-test.ts';

/** OpenSSH's own server with its SFTP server inside. Undefined where it cannot be had. */
export async function startOpenSsh(
  dir: string,
  publicKey: string,
): Promise<ServerUnderTest | undefined> {
  const program = await findOrInstall('/usr/sbin/sshd', 'openssh-server');
  if (program === undefined) return undefined;
  const port = await freePort();
  const [hostKey, keys, files] = ['host_key', 'authorized_keys', 'files'].map((name) =>
    join(dir, name),
  ) as [string, string, string];
  await writeSshKey(hostKey);
  await writeFile(keys, `${publicKey}\n`, { mode: 0o600 });
  await mkdir(files);
  // Where root starts it, it asks for this folder.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true });
  const settings = {
    Port: port,
    ListenAddress: '127.0.0.1',
    HostKey: hostKey,
    AuthorizedKeysFile: keys,
    PidFile: join(dir, 'sshd.pid'),
    PermitRootLogin: 'yes',
    PasswordAuthentication: 'no',
    UsePAM: 'no',
    UseDNS: 'no',
    StrictModes: 'no',
    MaxStartups: 200,
    LogLevel: 'ERROR',
    Subsystem: 'sftp internal-sftp',
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} ${value}\n`);
  const file = join(dir, 'sshd_config');
  await writeFile(file, lines.join(''));
  const running = await startForeign(program, ['-D', '-e', '-f', file], port);
  const user = userInfo().username;
  return {
    name: 'OpenSSH',
    port,
    user,
    password: '',
    folder: `${files}/`,
    ...running,
  };
}
