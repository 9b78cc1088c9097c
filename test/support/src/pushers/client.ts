import { basename } from 'node:path';

/**
 * A real client program as the interoperability matrix knows it: which doors it can use, and how it
 * is configured to do each errand. `test/interoperability` runs every cell of it.
 */

export const modes = ['plain', 'explicit', 'implicit', 'sftp'] as const;
export type Mode = (typeof modes)[number];

export const operations = [
  'upload',
  'active',
  'text',
  'folders',
  'path',
  'rename',
  'resume',
  'abort',
  'list',
] as const;
export type Operation = (typeof operations)[number];

/** Where an errand is done, as whom, and with what. */
export interface Errand {
  readonly mode: Mode;
  readonly host: string;
  /** Of the door that the mode names. */
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** OpenSSH private key file of the account. */
  readonly identityFile: string;
  /** The file to send; its name is `reading.txt`. */
  readonly file: string;
  /** 1 MB of readings for the transfer that is cut; its name is `reading.txt`. */
  readonly bigFile: string;
  /** A folder that holds `2026/Thang 01/31/reading.txt`, a copy of the file. */
  readonly tree: string;
}

/** Folders that `folders` and `path` make; blanks are a habit of the field. */
export const dayFolders = ['2026', 'Thang 01', '31'] as const;

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly input?: string;
}

/** How it shows that a transfer to be cut is under way. */
export interface Interruptible extends Command {
  /** What it writes to standard error then; absent: it sends what it reads from standard input. */
  readonly says?: RegExp;
}

/** Why a client has no such errand; printed on the page. */
export interface Cannot {
  readonly cannot: string;
}

/** Each of the files so many times over one session, named `<number>-<name of the file>`. */
export interface Repeat {
  readonly files: readonly string[];
  readonly times: number;
  /** The only version that the door speaks. */
  readonly tls: TlsVersion;
}

export const tlsVersions = ['1.2', '1.3'] as const;
export type TlsVersion = (typeof tlsVersions)[number];

export type Does<C extends Command = Command> = ((errand: Errand) => C) | Cannot;

export interface Client {
  readonly name: string;
  /** Prints the version that the page names; nothing like it where the client is not installed. */
  readonly version: Command & { readonly shows: RegExp };
  readonly debian?: string;
  /** Debian has no package of it: `make interoperability` fetches it, and it runs only there. */
  readonly fetched?: true;
  readonly modes: Readonly<Partial<Record<Mode, true>>>;
  /** Why it does not speak the other modes. */
  readonly otherModes: string;
  /** Sends the file to `/reading.txt`. */
  readonly upload: Does;
  /** The same in active mode: the server connects to the client. */
  readonly active: Does;
  /** Where it cannot do that over TLS. */
  readonly activeOverTls?: Cannot;
  /** The same in text mode: line ends travel as CR LF. */
  readonly text: Does;
  /** Makes the day folders one after another and sends the file there. */
  readonly folders: Does;
  /** The same with the client's own way to make a whole path. */
  readonly path: Does;
  /** Sends to a temporary name and renames to `/reading.txt`. */
  readonly rename: Does;
  /** Half of the file is there as `/reading.txt`; sends the rest. */
  readonly resume: Does;
  /** Begins to send a file to `/reading.txt`; the test kills it in the middle. */
  readonly abort: Does<Interruptible>;
  /** Prints the name and the size of `/reading.txt`, and lists `/empty`. */
  readonly list: Does;
  /** Many whole files over explicit TLS, one after the other. */
  readonly repeat: ((errand: Errand, repeat: Repeat) => Command) | Cannot;
}

/** Of clients that speak SFTP only. */
export const noFtp = { cannot: 'speaks no FTP' } as const;

/** Names under which the files of a repetition arrive, each with the file that it is a copy of. */
export function copiesOf({ files, times }: Repeat): readonly (readonly [string, string])[] {
  return Array.from({ length: times }, (_, index) =>
    files.map((file) => [`${index + 1}-${basename(file)}`, file] as const),
  ).flat();
}

/** Where `make interoperability` has put what it fetched; absent: those clients do not run. */
export const fetchedFolder = (): string | undefined => process.env['ENVIGATE_FETCHED_CLIENTS'];

/** The clients that a run of the tests is about. */
export const clientsOfRun = (clients: readonly Client[]): readonly Client[] =>
  clients.filter(({ fetched }) => fetched !== true || fetchedFolder() !== undefined);

export type Cell =
  | { readonly kind: 'works'; readonly does: (errand: Errand) => Interruptible }
  | { readonly kind: 'cannot'; readonly reason: string };

/** What is expected of a client in one mode: the matrix, cell by cell. */
export function cellOf(client: Client, mode: Mode, operation: Operation): Cell {
  if (client.modes[mode] !== true) return { kind: 'cannot', reason: client.otherModes };
  if (operation === 'text' && mode === 'sftp')
    return { kind: 'cannot', reason: 'SFTP has no text mode' };
  if (operation === 'active' && mode === 'sftp')
    return { kind: 'cannot', reason: 'SFTP has no data connections' };
  if (operation === 'active' && mode !== 'plain' && client.activeOverTls !== undefined)
    return { kind: 'cannot', reason: client.activeOverTls.cannot };
  const does = client[operation];
  return 'cannot' in does ? { kind: 'cannot', reason: does.cannot } : { kind: 'works', does };
}
