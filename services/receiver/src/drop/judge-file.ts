import { datedFolder, formatLocalTime, ownerInDropFolder, type DropFile } from '@envigate/domain';
import type { FileNames } from '../home/tree-names.ts';
import type { DropEmit, StayReason } from './telemetry.ts';

/** What an account of the registry may send now; undefined where there is no such account. */
export interface OpenAccount {
  readonly isOpen: boolean;
  /** The largest file it may send. */
  readonly maxFileBytes: number;
}

type FileVerdict =
  | { readonly kind: 'take'; readonly account: string }
  | { readonly kind: 'stay'; readonly reason: StayReason; readonly account: string };

/** Whether a file may be taken now, by what is known without opening it. */
export function judgeFile(
  { path, size }: DropFile,
  fixedAccount: string | undefined,
  accountOf: (code: string) => OpenAccount | undefined,
  names: FileNames,
): FileVerdict {
  const code = ownerInDropFolder(path, fixedAccount);
  const stay = (reason: StayReason): FileVerdict => ({ kind: 'stay', reason, account: code ?? '' });
  if (isUnfinished(path, code ?? '', names)) return stay('temporary');
  if (code === undefined) return stay('no-account');
  const account = accountOf(code);
  if (account === undefined) return stay('unknown-account');
  if (!account.isOpen) return stay('account-closed');
  if (size > account.maxFileBytes) return stay('too-large');
  return { kind: 'take', account: code };
}

/** Files below a hidden folder, or below one with a temporary name (`.~tmp~`, `a.part`), are unfinished too. */
function isUnfinished(path: string, account: string, names: FileNames): boolean {
  const folders = path.split('/');
  const name = folders.pop() ?? '';
  return (
    names.isTemporary(account, name) ||
    folders.some((folder) => /^[.~]|\.(?:tmp|temp|part|partial|filepart)$|~$/i.test(folder))
  );
}

interface Staying {
  readonly reason: StayReason;
  readonly account: string;
  readonly example: string;
  files: number;
}

/** Names of folders that nobody knows may be many; what is counted beyond these keeps its reason. */
const maxKinds = 200;

/** What one look at everything found that cannot be taken, by reason and account. */
export class StayReport {
  readonly #kinds = new Map<string, Staying>();

  add(reason: StayReason, account: string, example: string): void {
    const own = `${reason} ${account}`;
    const hasRoom = this.#kinds.size < maxKinds || this.#kinds.has(own);
    const key = hasRoom ? own : reason;
    const known = this.#kinds.get(key);
    if (known === undefined)
      this.#kinds.set(key, { reason, account: hasRoom ? account : '', example, files: 1 });
    else known.files += 1;
  }

  count(reason: StayReason): number {
    return [...this.#kinds.values()]
      .filter((kind) => kind.reason === reason)
      .reduce((sum, { files }) => sum + files, 0);
  }

  /** Emits each kind once, when it was not there the time before; not for files awaiting their rename. */
  emitNew(before: StayReport, folder: string, emit: DropEmit): void {
    for (const [key, { reason, account, files, example }] of this.#kinds) {
      if (reason === 'temporary' || before.#kinds.has(key)) continue;
      emit('drop-files-stay', {
        folder,
        reason,
        account: readableName(account),
        files,
        example: readableName(example),
      });
    }
  }
}

/**
 * A name or path of a drop folder (one character per byte) as text. Bytes that are not UTF-8 and
 * control characters become `%XX`, as in a URL: other names stay other names, and a line of a log
 * or a listing stays one line.
 */
export function readableName(bytes: string): string {
  return decoded(bytes).replaceAll(control, escaped);
}

const control = /[\u0000-\u001f\u007f]/g;
const notAscii = /[\u0080-\u00ff]/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decoded(bytes: string): string {
  if (!notAscii.test(bytes)) return bytes;
  try {
    return utf8.decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return bytes.replaceAll(new RegExp(notAscii, 'g'), escaped);
  }
}

function escaped(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

const dayMs = 24 * 3600 * 1000;
/** Loggers that were cut off for a week may still make use of their folders. */
const keepDays = 7;
/** Vietnamese clocks. */
const utcOffsetMinutes = 420;

/**
 * Whether an empty folder may go: loggers make one for every day, and in a few years the looks at
 * nothing would take longer than all others. Only folders that are named after a day, month or
 * year that is long over, in which nothing was moved since yesterday; never an account's own.
 */
export function isSpentFolder(
  { path, modifiedAt }: { readonly path: string; readonly modifiedAt: number },
  fixedAccount: string | undefined,
  nowMs: number,
): boolean {
  if (modifiedAt > nowMs - dayMs) return false;
  const ofAccount = path.indexOf('/', 1);
  const below = fixedAccount !== undefined ? path : ofAccount === -1 ? '' : path.slice(ofAccount);
  const dated = datedFolder(below);
  if (dated === undefined) return false;
  return dated.lastDay < formatLocalTime(nowMs - keepDays * dayMs, utcOffsetMinutes).slice(0, 8);
}
