import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../processes/free-port.ts';
import { writeSshKey } from '../ssh-key.ts';
import {
  hasServer,
  startServerProcess,
  temporaryFolder,
  type RemoteServer,
} from './server-process.ts';

const program = '/usr/sbin/sshd';

export const hasSshd = (): boolean => hasServer('OpenSSH', program, 'openssh-server');

export interface Sshd extends RemoteServer {
  readonly user: string;
  /** OpenSSH private key file that the server lets in. */
  readonly privateKeyFile: string;
  /** SHA256:… of its only host key. */
  readonly hostKey: string;
}

export interface SshdOptions {
  /** Requests that it refuses, as `sftp-server -Q requests` lists them. */
  readonly refuses?: readonly string[];
}

/** OpenSSH's own SFTP server on loopback, for the user who runs the tests. */
export async function startSshd({ refuses = [] }: SshdOptions = {}): Promise<Sshd> {
  const home = await temporaryFolder('sshd');
  await chmod(home, 0o755);
  const dir = join(home, 'site');
  await mkdir(dir);
  const hostKeyFile = join(home, 'host_key');
  const privateKeyFile = join(home, 'client_key');
  const { fingerprint: hostKey } = await writeSshKey(hostKeyFile);
  const { publicKey } = await writeSshKey(privateKeyFile);
  await writeFile(join(home, 'authorized_keys'), `${publicKey}\n`);
  // Root's sshd wants its privilege separation folder; Debian makes it at boot.
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const port = await freePort();
  const config = join(home, 'sshd_config');
  await writeFile(
    config,
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${hostKeyFile}`,
      'PidFile none',
      `AuthorizedKeysFile ${join(home, 'authorized_keys')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'MaxStartups 200',
      'Subsystem sftp internal-sftp',
      `ForceCommand internal-sftp -d ${dir}${refuses.length > 0 ? ` -P ${refuses.join()}` : ''}`,
      '',
    ].join('\n'),
  );
  const stop = await startServerProcess({ program, args: ['-D', '-e', '-f', config], port, home });
  return { port, dir, root: dir, user: userInfo().username, privateKeyFile, hostKey, stop };
}
