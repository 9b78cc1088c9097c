import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { basename, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canTestWith } from '../programs.ts';
import { openFtp, openSftp } from '../simulator/upload-session.ts';

/** Where and as whom files are pushed. */
export interface PushTarget {
  readonly host: string;
  readonly ftpPort: number;
  readonly sftpPort: number;
  readonly user: string;
  readonly password: string;
  /** OpenSSH private key file of the account, for SFTP. */
  readonly identityFile: string;
  readonly folder: string;
}

/** A client that pushes files in the order given. Rejects where not all were acknowledged. */
export interface Pusher {
  readonly program: string;
  readonly push: (target: PushTarget, paths: readonly string[]) => Promise<void>;
}

const timeoutMs = 120_000;

function run(program: string, args: readonly string[], input?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, [...args], { timeout: timeoutMs }, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else
        reject(new Error(`${program} failed: ${stderr.trim() || error.message}`, { cause: error }));
    });
    // A program that ends before it has read its input is judged by its exit, not by the broken pipe.
    child.stdin?.on('error', () => undefined).end(input ?? '');
  });
}

const curl: Pusher = {
  program: 'curl',
  push: ({ host, ftpPort, user, password, folder }, paths) =>
    run('curl', [
      '--silent',
      '--show-error',
      '--fail-early',
      '--ftp-create-dirs',
      '--user',
      `${user}:${password}`,
      // One connection for all: -T takes a list in braces.
      '--upload-file',
      `{${paths.join(',')}}`,
      `ftp://${host}:${ftpPort}${folder}/`,
    ]),
};

const lftp: Pusher = {
  program: 'lftp',
  push: ({ host, ftpPort, user, password, folder }, paths) =>
    run('lftp', [
      '-c',
      [
        'set cmd:fail-exit yes',
        'set ftp:ssl-allow no',
        'set net:max-retries 2',
        'set net:timeout 20',
        'set net:reconnect-interval-base 1',
        `open -u ${user},${password} -p ${ftpPort} ${host}`,
        'set file:charset utf-8',
        'set ftp:charset utf-8',
        ...(folder === '/' ? [] : [`mkdir -p -f ${quoted(folder.slice(1))}`]),
        `cd ${quoted(folder)}`,
        ...paths.map((path) => `put ${quoted(path)}`),
      ].join('; '),
    ]),
};

const ftplibScript = fileURLToPath(new URL('../../clients/ftplib_push.py', import.meta.url));

const pythonFtplib: Pusher = {
  program: 'python3',
  push: ({ host, ftpPort, user, password, folder }, paths) =>
    run('python3', [ftplibScript, host, String(ftpPort), user, password, folder, ...paths]),
};

/** Names have blanks and commas; lftp and sftp read quotation marks alike. */
function quoted(path: string): string {
  return `"${path.replaceAll(/["\\]/g, '\\$&')}"`;
}

const opensshSftp: Pusher = {
  program: 'sftp',
  push: ({ host, sftpPort, user, identityFile, folder }, paths) => {
    const parts = folder.split('/').filter((part) => part !== '');
    const commands = [
      // A leading '-' lets the batch go on where the folder is there already.
      ...parts.map((_, depth) => `-mkdir ${quoted(`/${parts.slice(0, depth + 1).join('/')}`)}`),
      ...paths.map(
        (path) => `put ${quoted(path)} ${quoted(`/${[...parts, basename(path)].join('/')}`)}`,
      ),
    ];
    const args = [
      '-b',
      '-',
      '-P',
      String(sftpPort),
      '-i',
      identityFile,
      ...sshOptions,
      `${user}@${host}`,
    ];
    return run('sftp', args, `${commands.join('\n')}\n`);
  },
};

/** For servers made a moment ago on this machine: their host key is known to nobody. */
const sshOptions = [
  'IdentitiesOnly=yes',
  'StrictHostKeyChecking=no',
  'UserKnownHostsFile=/dev/null',
  'LogLevel=ERROR',
  'ConnectTimeout=20',
].flatMap((option) => ['-o', option]);

/** The client libraries of the simulator, in this process: they need no program. */
const library = (protocol: 'ftp' | 'sftp'): Pusher => ({
  program: 'node',
  push: async ({ host, ftpPort, sftpPort, user, password, folder }, paths) => {
    const session =
      protocol === 'ftp'
        ? await openFtp({ host, port: ftpPort }, user, password)
        : await openSftp({ host, port: sftpPort }, user, password);
    try {
      for (const path of paths)
        await session.put(posix.join(folder, basename(path)), await readFile(path));
    } finally {
      await session.close();
    }
  },
});

/** What pushes over a protocol: the programs that are installed, or a library where none is. */
function pushersOver(protocol: 'ftp' | 'sftp', programs: readonly Pusher[]): readonly Pusher[] {
  const installed = programs.filter(({ program }) => canTestWith(program));
  return installed.length > 0 ? installed : [library(protocol)];
}

/** Pushes over one protocol with a program that takes any name and folder. */
export const pusherOver = (protocol: 'ftp' | 'sftp'): Pusher =>
  pushersOver(protocol, protocol === 'ftp' ? [lftp] : [opensshSftp])[0]!;

/** One for each client program that is installed, over each protocol at least one. */
export const installedPushers = (): readonly Pusher[] => [
  ...pushersOver('ftp', [curl, lftp, pythonFtplib]),
  ...pushersOver('sftp', [opensshSftp]),
];
