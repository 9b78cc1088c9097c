import { stationFolder } from '../file-names/folders.ts';

/** What makes two receptions receptions of one file, beside the bytes. */
export interface NamedFile {
  readonly account: string;
  /** Below the account's root, absolute. */
  readonly folder: string;
  readonly name: string;
}

/**
 * The texts that are hashed before the bytes: fileId = SHA-256(texts · bytes), each text in UTF-8 with
 * its length in bytes before it (u32, big-endian), which keeps ("ab", "c") apart from ("a", "bc").
 *
 * Account, folder and name take part; of the folder what stationFolder leaves of it, as a logger that
 * sends a file again may put it into the folder of another day. Neither time, protocol nor inode does.
 * In the account's root the texts are account and name, as for every file before folders were part of
 * it; elsewhere an empty one, account, folder and name. No account is empty, so the two forms cannot be
 * confused.
 */
export function identityTexts({ account, folder, name }: NamedFile): readonly string[] {
  const own = stationFolderOf(folder);
  return own === '/' ? [account, name] : ['', account, own, name];
}

/** As they were before folders were part of the identity; undefined where they are so still. */
export function formerIdentityTexts(file: NamedFile): readonly string[] | undefined {
  return stationFolderOf(file.folder) === '/' ? undefined : [file.account, file.name];
}

/** Files come in few folders, and every one of them is identified. */
const remembered = new Map<string, string>();
const maxRemembered = 1000;

function stationFolderOf(folder: string): string {
  const known = remembered.get(folder);
  if (known !== undefined) return known;
  const own = stationFolder(folder);
  if (remembered.size >= maxRemembered) remembered.clear();
  remembered.set(folder, own);
  return own;
}
