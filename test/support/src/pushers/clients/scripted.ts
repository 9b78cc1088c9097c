import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  fetchedFolder,
  noFtp,
  type Client,
  type Command,
  type Errand,
  type Operation,
} from '../client.ts';

/**
 * Client libraries as a logger would use them: a small program in their own language for each,
 * given the errand by its arguments. See `test/support/clients`.
 */
const script = (name: string): string =>
  fileURLToPath(new URL(`../../../clients/${name}`, import.meta.url));

/** The program, and what comes before the errand. */
type Scripted = () => Command;

const scripted =
  (interpreter: string, file: string): Scripted =>
  () => ({ program: interpreter, args: [script(file)] });

/** A class of test/support/clients/fetched, compiled where the libraries were fetched to. */
const java =
  (className: string): Scripted =>
  () => {
    const folder = fetchedFolder() ?? '';
    const classPath = `${join(folder, 'classes')}:${join(folder, 'java')}/*`;
    // Short-lived programs: compiling them well takes longer than they run.
    return {
      program: 'java',
      args: ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', classPath, className],
    };
  };

/** Every errand that is not said to be impossible. */
function client(
  description: Pick<Client, 'name' | 'modes' | 'otherModes' | 'debian' | 'fetched'>,
  start: Scripted,
  cannot: Partial<Record<Operation | 'repeat', string>>,
): Client {
  const does = (operation: string, errand: Errand, sent: string, ...more: string[]): Command => {
    const { program, args } = start();
    const { mode, host, port, user, password } = errand;
    const arguments_ = [operation, mode, host, String(port), user, password, sent, ...more];
    return { program, args: [...args, ...arguments_] };
  };
  const errand = (operation: Operation): Client[Operation] => {
    const reason = cannot[operation];
    if (reason !== undefined) return { cannot: reason };
    return (errand) => does(operation, errand, errand.file);
  };
  const { program, args } = start();
  return {
    ...description,
    version: { program, args: [...args, 'version'], shows: /^version ([\d.]+)/m },
    upload: errand('upload'),
    active: errand('active'),
    text: errand('text'),
    folders: errand('folders'),
    path: errand('path'),
    rename: errand('rename'),
    resume: errand('resume'),
    abort: errand('abort'),
    list: errand('list'),
    repeat:
      cannot.repeat === undefined
        ? (errand, { files, times, tls }) =>
            does('repeat', errand, files.join(','), String(times), tls)
        : { cannot: cannot.repeat },
  };
}

const ftpModes = { plain: true, explicit: true, implicit: true } as const;
const sftpOnly = { active: noFtp.cannot, repeat: noFtp.cannot, text: 'SFTP has no text mode' };
const onePathAtATime = 'makes one folder at a time';
const passiveOnly = 'knows passive mode only';

export const scriptedClients: readonly Client[] = [
  client(
    {
      name: 'Python ftplib',
      modes: ftpModes,
      otherModes: 'speaks no SFTP',
      debian: 'python3',
    },
    scripted('python3', 'ftplib_client.py'),
    { path: onePathAtATime },
  ),
  client(
    {
      name: "Perl's Net::FTP",
      modes: ftpModes,
      otherModes: 'speaks no SFTP',
      debian: 'libio-socket-ssl-perl',
    },
    scripted('perl', 'net_ftp_client.pl'),
    {},
  ),
  client(
    { name: 'basic-ftp', modes: ftpModes, otherModes: 'speaks no SFTP' },
    scripted(process.execPath, 'basic-ftp-client.mjs'),
    { active: passiveOnly, text: 'sends in binary only' },
  ),
  client(
    { name: 'aioftp', modes: ftpModes, otherModes: 'speaks no SFTP', fetched: true },
    scripted('python3', 'fetched/aioftp_client.py'),
    { active: passiveOnly, text: 'sends in binary only' },
  ),
  client(
    { name: 'Apache Commons Net', modes: ftpModes, otherModes: 'speaks no SFTP', fetched: true },
    java('CommonsNetClient'),
    { path: onePathAtATime },
  ),
  client(
    {
      name: 'Apache Camel',
      modes: { ...ftpModes, sftp: true },
      otherModes: '',
      fetched: true,
    },
    java('CamelClient'),
    {
      folders: 'makes whole paths only',
      resume: 'sends all of it again',
      list: 'lists only to download',
    },
  ),
  client(
    {
      name: 'paramiko',
      modes: { sftp: true },
      otherModes: 'speaks SFTP only',
      debian: 'python3-paramiko',
    },
    // Debian's own: another Python, earlier on the path, does not see Debian's packages.
    scripted('/usr/bin/python3', 'paramiko_client.py'),
    { ...sftpOnly, path: onePathAtATime },
  ),
  client(
    { name: 'ssh2-sftp-client', modes: { sftp: true }, otherModes: 'speaks SFTP only' },
    scripted(process.execPath, 'ssh2-sftp-client.mjs'),
    sftpOnly,
  ),
  client(
    { name: 'sshj', modes: { sftp: true }, otherModes: 'speaks SFTP only', fetched: true },
    java('SshjClient'),
    sftpOnly,
  ),
];
