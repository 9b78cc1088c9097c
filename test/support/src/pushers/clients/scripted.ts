import { fileURLToPath } from 'node:url';
import type { Client, Command, Errand, Operation } from '../client.ts';

/**
 * Client libraries as a logger would use them: a small program in their own language for each,
 * told the errand by its arguments. See `test/support/clients`.
 */
const script = (name: string): string =>
  fileURLToPath(new URL(`../../../clients/${name}`, import.meta.url));

interface Scripted {
  readonly interpreter: string;
  readonly file: string;
}

function does({ interpreter, file }: Scripted, operation: Operation) {
  return ({ mode, host, port, user, password, file: sent }: Errand): Command => ({
    program: interpreter,
    args: [script(file), operation, mode, host, String(port), user, password, sent],
  });
}

/** Every errand that is not said to be impossible. */
function client(
  { name, modes, otherModes, debian }: Pick<Client, 'name' | 'modes' | 'otherModes' | 'debian'>,
  scripted: Scripted,
  cannot: Partial<Record<Operation, string>>,
): Client {
  const errand = (operation: Operation): Client[Operation] => {
    const reason = cannot[operation];
    return reason === undefined ? does(scripted, operation) : { cannot: reason };
  };
  return {
    name,
    modes,
    otherModes,
    ...(debian === undefined ? {} : { debian }),
    version: {
      program: scripted.interpreter,
      args: [script(scripted.file), 'version'],
      shows: /^version ([\d.]+)/m,
    },
    upload: errand('upload'),
    text: errand('text'),
    folders: errand('folders'),
    path: errand('path'),
    rename: errand('rename'),
    resume: errand('resume'),
    abort: errand('abort'),
    list: errand('list'),
  };
}

const ftpModes = { plain: true, explicit: true, implicit: true } as const;
const onePathAtATime = 'makes one folder at a time';

export const scriptedClients: readonly Client[] = [
  client(
    {
      name: 'Python ftplib',
      modes: ftpModes,
      otherModes: 'speaks no SFTP',
      debian: 'python3',
    },
    { interpreter: 'python3', file: 'ftplib_client.py' },
    { path: onePathAtATime },
  ),
  client(
    { name: 'basic-ftp', modes: ftpModes, otherModes: 'speaks no SFTP' },
    { interpreter: process.execPath, file: 'basic-ftp-client.mjs' },
    { text: 'sends in binary only' },
  ),
  client(
    {
      name: 'paramiko',
      modes: { sftp: true },
      otherModes: 'speaks SFTP only',
      debian: 'python3-paramiko',
    },
    // Debian's own: another Python, earlier on the path, does not see Debian's packages.
    { interpreter: '/usr/bin/python3', file: 'paramiko_client.py' },
    { text: 'SFTP has no text mode', path: onePathAtATime },
  ),
  client(
    { name: 'ssh2-sftp-client', modes: { sftp: true }, otherModes: 'speaks SFTP only' },
    { interpreter: process.execPath, file: 'ssh2-sftp-client.mjs' },
    { text: 'SFTP has no text mode' },
  ),
];
