/**
 * A real client program as the interoperability matrix knows it: which doors it can use, and how it
 * is told to do each errand. `test/interoperability` runs every cell of it.
 */

export const modes = ['plain', 'explicit', 'implicit', 'sftp'] as const;
export type Mode = (typeof modes)[number];

export const operations = [
  'upload',
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

export type Does<C extends Command = Command> = ((errand: Errand) => C) | Cannot;

export interface Client {
  readonly name: string;
  /** Prints the version that the page names; nothing like it where the client is not installed. */
  readonly version: Command & { readonly shows: RegExp };
  readonly debian?: string;
  readonly modes: Readonly<Partial<Record<Mode, true>>>;
  /** Why it does not speak the other modes. */
  readonly otherModes: string;
  /** Sends the file to `/reading.txt`. */
  readonly upload: Does;
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
}

export type Cell =
  | { readonly kind: 'works'; readonly does: (errand: Errand) => Interruptible }
  | { readonly kind: 'cannot'; readonly reason: string };

/** What is expected of a client in one mode: the matrix, cell by cell. */
export function cellOf(client: Client, mode: Mode, operation: Operation): Cell {
  if (client.modes[mode] !== true) return { kind: 'cannot', reason: client.otherModes };
  if (operation === 'text' && mode === 'sftp')
    return { kind: 'cannot', reason: 'SFTP has no text mode' };
  const does = client[operation];
  return 'cannot' in does ? { kind: 'cannot', reason: does.cannot } : { kind: 'works', does };
}
