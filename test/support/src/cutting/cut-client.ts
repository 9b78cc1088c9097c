import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { CutFile } from './station-file.ts';

/** Where clients go, and where they find their file. */
export interface ClientAccess {
  readonly ftpPort: number;
  readonly sftpPort: number;
  readonly user: string;
  readonly password: string;
  /** OpenSSH private key file. */
  readonly identityFile: string;
  readonly dir: string;
}

/** A real program that is killed in the middle of an upload. */
interface KilledClient {
  readonly program: string;
  readonly args: (access: ClientAccess, name: string, path: string) => readonly string[];
  /** What it reads from standard input, which then stays open. */
  readonly input: (file: CutFile, path: string) => Uint8Array | string;
  /** What it says when bytes are on their way. */
  readonly underWay: RegExp;
}

const script = fileURLToPath(new URL('../../clients/ftplib_stdin.py', import.meta.url));
const lowerData = fileURLToPath(new URL('../../clients/ftp_lower_data.py', import.meta.url));
const slowBytesPerSecond = 2000;

export const killedClients: Readonly<Record<string, KilledClient>> = {
  'curl killed': {
    program: 'curl',
    args: ({ ftpPort, user, password }, name) => [
      '-sv',
      '-T',
      '-',
      `ftp://${user}:${password}@127.0.0.1:${ftpPort}/${name}`,
    ],
    input: beginning,
    underWay: /< 150/,
  },
  'Python ftplib killed': {
    program: 'python3',
    args: ({ ftpPort, user, password }, name) => [script, String(ftpPort), user, password, name],
    input: beginning,
    underWay: /sent/,
  },
  'killed, with its connections closed in the other order': {
    program: 'python3',
    args: ({ ftpPort, user, password }, name) => [lowerData, String(ftpPort), user, password, name],
    input: beginning,
    underWay: /sent/,
  },
  'lftp killed': {
    program: 'lftp',
    args: ({ ftpPort, user, password }, _name, path) => [
      '-d',
      '-c',
      [
        'set ftp:ssl-allow no',
        `set net:limit-rate ${slowBytesPerSecond}`,
        'set net:limit-max 100',
        `open -u ${user},${password} -p ${ftpPort} 127.0.0.1`,
        `put ${path}`,
      ].join('; '),
    ],
    input: () => '',
    underWay: /<--- 150/,
  },
  'OpenSSH sftp killed': {
    program: 'sftp',
    args: ({ sftpPort, user, identityFile }) => [
      ...['-F', '/dev/null', '-i', identityFile, '-P', String(sftpPort)],
      ...['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'IdentitiesOnly=yes'].flatMap(
        (option) => ['-o', option],
      ),
      // Small requests, one at a time, at 1 kB/s.
      ...['-vvv', '-o', 'LogLevel=DEBUG3', '-B', '64', '-R', '1', '-l', '8'],
      ...['-b', '-', `${user}@127.0.0.1`],
    ],
    input: ({ name }, path) => `put ${path} /${name}\n`,
    underWay: /SSH2_FXP_WRITE/,
  },
};

/** One byte at least: a program that has sent none never says that it is under way. */
function beginning({ content, cutAt }: CutFile): Uint8Array {
  return content.subarray(0, Math.max(1, cutAt));
}

/** Rejects where the client did not get to send anything. */
export async function killClient(
  access: ClientAccess,
  client: KilledClient,
  file: CutFile,
  random: () => number,
): Promise<void> {
  const { name, content } = file;
  const path = join(access.dir, name);
  await writeFile(path, content);
  const child = spawn(client.program, client.args(access, name, path));
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdin.on('error', () => undefined);
  child.stdin.write(client.input(file, path));
  let said = '';
  const underWay = new Promise<void>((resolve, reject) => {
    const take = (text: string): void => {
      said += text;
      if (client.underWay.test(said)) resolve();
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', take);
    child.once('error', reject);
    child.once('close', () => reject(new Error(`${client.program} ended by itself: ${said}`)));
  });
  const limit = setTimeout(() => child.kill('SIGTERM'), 30_000);
  try {
    await underWay;
    await sleep(random() * 150);
  } finally {
    clearTimeout(limit);
    child.kill('SIGKILL');
    await gone;
  }
}
