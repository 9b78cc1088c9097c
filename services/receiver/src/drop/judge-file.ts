import { ownerInDropFolder, type DropFile } from '@envigate/domain';
import type { FileNames } from '../home/file-names.ts';
import type { StayReason } from './telemetry.ts';

/** What an account of the registry may send now; undefined where there is no such account. */
export interface OpenAccount {
  readonly isOpen: boolean;
  /** The largest file it may send. */
  readonly maxFileBytes: number;
}

export type FileVerdict =
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
