import type { DropFile } from '@envigate/domain';

export interface WaitingFile {
  readonly file: DropFile;
  readonly account: string;
  /** When the first look at this state had ended, in ms of a clock that never jumps. */
  readonly since: number;
}

export interface WaitingLimits {
  readonly quietPeriodMs: number;
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
 * state for quietPeriodMs; reading it is the last of the looks. Ready files are given out the oldest
 * first, by turns of the accounts: a backlog of one does not hold up what others send now.
 */
export class WaitingFiles {
  readonly #limits: WaitingLimits;
  readonly #files = new Map<string, WaitingFile>();
  readonly #inQuietPeriod = new Heap<Due>((a, b) => a.at < b.at);
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
    return this.#inQuietPeriod.first?.at ?? Infinity;
  }

  /** Notes what a look found; false where there is no room for another file. */
  see(file: DropFile, account: string, lookEnded: number): boolean {
    const known = this.#files.get(file.path);
    if (known !== undefined && isSameState(known.file, file)) return true;
    if (known === undefined && this.#files.size >= this.#limits.maxFiles) return false;
    this.#seen += 1;
    const waiting = { file, account, since: lookEnded };
    this.#files.set(file.path, waiting);
    this.#inQuietPeriod.push({ at: lookEnded + this.#limits.quietPeriodMs, waiting });
    return true;
  }

  /** Files whose quiet period is over become ready. */
  advance(now: number): void {
    for (let due = this.#inQuietPeriod.first; due !== undefined; due = this.#inQuietPeriod.first) {
      if (due.at > now) return;
      this.#inQuietPeriod.pop();
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
  postponeUntil(waiting: WaitingFile, at: number): void {
    this.#files.set(waiting.file.path, waiting);
    this.#inQuietPeriod.push({ at, waiting });
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

/** A binary heap: the first by `isBefore` comes out first. */
class Heap<T> {
  readonly #items: T[] = [];
  readonly #isBefore: (a: T, b: T) => boolean;

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#isBeforeAt(at, above)) return;
      this.#swap(at, above);
      at = above;
    }
  }

  pop(): T | undefined {
    const items = this.#items;
    const [first] = items;
    const last = items.pop();
    if (items.length > 0 && last !== undefined) {
      items[0] = last;
      this.#sink();
    }
    return first;
  }

  #sink(): void {
    let at = 0;
    for (;;) {
      let least = at;
      for (const below of [2 * at + 1, 2 * at + 2])
        if (this.#isBeforeAt(below, least)) least = below;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBeforeAt(a: number, b: number): boolean {
    const first = this.#items[a];
    const second = this.#items[b];
    return first !== undefined && second !== undefined && this.#isBefore(first, second);
  }

  #swap(a: number, b: number): void {
    const items = this.#items;
    const item = items[a];
    if (item === undefined) return;
    items[a] = items[b] ?? item;
    items[b] = item;
  }
}
