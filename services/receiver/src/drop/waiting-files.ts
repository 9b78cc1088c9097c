import type { DropFile } from '@envigate/domain';
import { Heap } from './heap.ts';

export interface WaitingFile {
  readonly file: DropFile;
  readonly account: string;
  /** When the first look at this state had ended, in ms of a clock that never jumps. */
  readonly since: number;
}

export interface WaitingLimits {
  readonly settleMs: number;
  /** Beyond these, files are not remembered; a later look finds them again. */
  readonly maxFiles: number;
}

export interface BatchLimits {
  readonly files: number;
  /** At least one file whatever its size. */
  readonly bytes: number;
}

interface Due {
  readonly at: number;
  readonly waiting: WaitingFile;
}

/**
 * The files that were seen and not taken. A file is ready when it was seen in one and the same
 * state for settleMs; reading it is the last of the looks. Ready files are given out the oldest
 * first, by turns of the accounts: a backlog of one does not hold up what others send now.
 */
export class WaitingFiles {
  readonly #limits: WaitingLimits;
  readonly #files = new Map<string, WaitingFile>();
  readonly #settling = new Heap<Due>((a, b) => a.at < b.at);
  readonly #ready = new Map<string, Heap<WaitingFile>>();

  #seen = 0;

  constructor(limits: WaitingLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#files.size;
  }

  /** How often something new was seen; grows. */
  get seen(): number {
    return this.#seen;
  }

  get hasReady(): boolean {
    return this.#ready.size > 0;
  }

  /** When the next file becomes ready, unless it changes. */
  get nextDue(): number {
    return this.#settling.first?.at ?? Infinity;
  }

  /** Notes what a look found; false where there is no room for another file. */
  see(file: DropFile, account: string, lookEnded: number): boolean {
    const known = this.#files.get(file.path);
    if (known !== undefined && isSameState(known.file, file)) return true;
    if (known === undefined && this.#files.size >= this.#limits.maxFiles) return false;
    this.#seen += 1;
    const waiting = { file, account, since: lookEnded };
    this.#files.set(file.path, waiting);
    this.#settling.push({ at: lookEnded + this.#limits.settleMs, waiting });
    return true;
  }

  /** Files whose quiet period is over become ready. */
  advance(now: number): void {
    for (let due = this.#settling.first; due !== undefined; due = this.#settling.first) {
      if (due.at > now) return;
      this.#settling.pop();
      if (this.#isCurrent(due.waiting)) this.#makeReady(due.waiting);
    }
  }

  /** Takes the next files out; what is not taken after all must be put back. */
  take({ files, bytes }: BatchLimits): readonly WaitingFile[] {
    const batch: WaitingFile[] = [];
    let size = 0;
    while (batch.length < files) {
      const turn = this.#ready.entries().next().value;
      if (turn === undefined) break;
      const [account, queue] = turn;
      const next = queue.first;
      if (next !== undefined && this.#isCurrent(next)) {
        if (batch.length > 0 && size + next.file.size > bytes) break;
        batch.push(next);
        size += next.file.size;
        this.#files.delete(next.file.path);
      }
      queue.pop();
      // To the end of the turn.
      this.#ready.delete(account);
      if (queue.first !== undefined) this.#ready.set(account, queue);
    }
    return batch;
  }

  /** Ready as before. */
  putBack(waiting: WaitingFile): void {
    this.#files.set(waiting.file.path, waiting);
    this.#makeReady(waiting);
  }

  /** Ready again if it is unchanged until then. */
  holdUntil(waiting: WaitingFile, at: number): void {
    this.#files.set(waiting.file.path, waiting);
    this.#settling.push({ at, waiting });
  }

  #makeReady(waiting: WaitingFile): void {
    const queue = this.#ready.get(waiting.account) ?? new Heap(isOlder);
    queue.push(waiting);
    this.#ready.set(waiting.account, queue);
  }

  /** Not since replaced by another state, and not taken. */
  #isCurrent(waiting: WaitingFile): boolean {
    return this.#files.get(waiting.file.path) === waiting;
  }
}

function isSameState(a: DropFile, b: DropFile): boolean {
  return a.size === b.size && a.modifiedAt === b.modifiedAt && a.inode === b.inode;
}

/** Loggers write the time into the name: among files of one instant the name decides which is older. */
function isOlder({ file: a }: WaitingFile, { file: b }: WaitingFile): boolean {
  return a.modifiedAt === b.modifiedAt ? a.path < b.path : a.modifiedAt < b.modifiedAt;
}
