import { posix } from 'node:path';
import type { InletKind } from './faults.ts';
import type { Inbox } from './inbox.ts';

/** What a folder-like inlet (FTP, FTPS, SFTP) lets its senders do. */
export interface FolderPolicy {
  /** Default true. 'unknown': no such command; 'refused': not this user; 'refused-late': the same, found out at RNTO. */
  readonly renames?: true | 'unknown' | 'refused' | 'refused-late';
  /** Whether a rename replaces a file. Default true. 'silently-not': without the word "exists". */
  readonly renamesOver?: true | 'not' | 'silently-not';
  /** Whether an upload replaces a file. Default true. */
  readonly overwrites?: boolean;
  readonly readable?: boolean;
  readonly deletes?: boolean;
  readonly dotFiles?: boolean;
  /** The only ending of names that is taken. */
  readonly onlyEnding?: string;
  /** Whether SIZE is known. Default true. */
  readonly reportsSizes?: boolean;
  /** False: of FTP commands that come in one packet the first is answered, the others are lost; or only those after RNTO. Default true. */
  readonly takesCommandsTogether?: boolean | 'not-after-RNTO';
  /** How long FTP waits for a transfer after EPSV or PASV; absent: without limit. */
  readonly transferWaitMs?: number;
}

/** What became of a request, for the protocol to put into its own codes. */
export type FolderAnswer =
  | 'done'
  | 'exists'
  | 'missing'
  | 'unknown'
  | 'denied'
  | 'bad-name'
  | 'bad-form'
  | 'not-now'
  | 'lose-answer'
  | 'flood'
  | 'drip';

/**
 * The files of one inlet. A name that begins with a dot or ends in `.part` is not a file yet;
 * every other name is accepted when its upload or renaming ends.
 */
export class FolderInlet {
  readonly policy: FolderPolicy;
  readonly #inbox: Inbox;
  readonly #via: InletKind;
  /** Uploads under names that are not files yet; of all sessions. */
  readonly #parts = new Map<string, Buffer>();

  constructor(inbox: Inbox, via: InletKind, policy: FolderPolicy) {
    this.#inbox = inbox;
    this.#via = via;
    this.policy = policy;
  }

  get faults(): Inbox['faults'] {
    return this.#inbox.faults;
  }

  /** Names that are not files yet. */
  get parts(): readonly string[] {
    return [...this.#parts.keys()];
  }

  /** Before any bytes: is this a name to store under? */
  async mayStore(path: string): Promise<FolderAnswer> {
    const name = posix.basename(path);
    if (this.policy.dotFiles === false && name.startsWith('.')) return 'bad-name';
    if (!name.endsWith(this.policy.onlyEnding ?? '')) return 'denied';
    if (this.policy.overwrites === false && (await this.read(path)) !== undefined) return 'exists';
    if (!isPart(path) && this.faults.take(this.#via, name, ['never'])) return 'denied';
    return 'done';
  }

  async store(path: string, content: Buffer): Promise<FolderAnswer> {
    const name = posix.basename(path);
    const cut = this.faults.take(this.#via, name, ['cut']);
    const kept = cut === undefined ? content : content.subarray(0, cut.bytes ?? 0);
    if (!isPart(path)) return this.#accept(path, kept);
    if (!this.faults.take(this.#via, name, ['lose-temporary'])) this.#parts.set(path, kept);
    return 'done';
  }

  async read(path: string): Promise<Buffer | undefined> {
    return this.#parts.get(path) ?? this.#inbox.read(this.#via, path);
  }

  async mayRename(from: string): Promise<FolderAnswer> {
    if (this.policy.renames === 'unknown') return 'unknown';
    if (this.policy.renames === 'refused') return 'denied';
    return (await this.read(from)) === undefined ? 'missing' : 'done';
  }

  async rename(from: string, to: string): Promise<FolderAnswer> {
    const may = await this.mayRename(from);
    if (may !== 'done') return may;
    const content = (await this.read(from))!;
    const name = posix.basename(to);
    const { renames, renamesOver = true, dotFiles, onlyEnding = '' } = this.policy;
    if (renames === 'refused-late') return 'denied';
    if (this.faults.take(this.#via, name, ['close-at-rename'])) return 'lose-answer';
    if (dotFiles === false && name.startsWith('.')) return 'bad-name';
    if (!name.endsWith(onlyEnding)) return 'denied';
    if (renamesOver !== true && (await this.read(to)) !== undefined)
      return renamesOver === 'not' ? 'exists' : 'denied';
    if (!isPart(to) && this.faults.take(this.#via, name, ['never'])) return 'denied';
    const answer = isPart(to) ? 'done' : await this.#accept(to, content);
    if (isPart(to)) this.#parts.set(to, content);
    if (isTaken(answer) && !this.#parts.delete(from)) await this.#inbox.remove(this.#via, from);
    return answer;
  }

  async remove(path: string): Promise<FolderAnswer> {
    if (this.policy.deletes === false) return 'denied';
    if ((await this.read(path)) === undefined) return 'missing';
    if (!this.#parts.delete(path)) await this.#inbox.remove(this.#via, path);
    return 'done';
  }

  async #accept(path: string, content: Buffer): Promise<FolderAnswer> {
    const fault = this.faults.take(this.#via, posix.basename(path), [
      'refuse',
      'unavailable',
      'lose-answer',
      'flood',
      'drip',
    ]);
    if (fault?.kind === 'refuse') return 'bad-form';
    if (fault?.kind === 'unavailable') return 'not-now';
    await this.#inbox.accept({ via: this.#via, path, content, resend: null, key: null });
    return fault?.kind ?? 'done';
  }
}

/** The file is stored, whatever answer the sender gets. */
function isTaken(answer: FolderAnswer): boolean {
  return ['done', 'lose-answer', 'flood', 'drip'].includes(answer);
}

function isPart(path: string): boolean {
  const name = posix.basename(path);
  return name.startsWith('.') || name.endsWith('.part');
}
