import { createHash } from 'node:crypto';
import type { Target } from '@envigate/contracts';

/** What a server's "no" means, in the words that its protocol has for it. */
export type Meaning =
  /** The name is taken by a file that this request may not replace. */
  | 'exists'
  /** There is no file of that name. */
  | 'missing'
  /** The server does not know the request. */
  | 'unsupported'
  /** A verdict on this very name (FTP 553). */
  | 'bad-name'
  /** Not allowed, now or later. */
  | 'denied'
  /** A "no" without a reason (SFTP FAILURE): not allowed, a full disk, or anything else. */
  | 'unclear'
  /** Perhaps later: busy, no room, not logged in. */
  | 'not-now'
  /** The server ends this session; a new one may be welcome (FTP 421). */
  | 'session-ended';

/** An answer of the server: it did not do what was asked. The session goes on, except after 421. */
export class Refusal extends Error {
  readonly meaning: Meaning;
  /** Of a rename: whether it was the old name that was refused. */
  readonly isOfOldName: boolean;

  constructor(
    message: string,
    meaning: Meaning,
    options: ErrorOptions & { readonly isOfOldName?: boolean } = {},
  ) {
    super(message, options);
    this.name = 'Refusal';
    this.meaning = meaning;
    this.isOfOldName = options.isOfOldName ?? false;
  }

  /** The same request will get the same answer tomorrow. */
  get isForGood(): boolean {
    return this.meaning !== 'not-now' && this.meaning !== 'session-ended';
  }
}

/** 'untold': the server does not say. */
export type RemoteSize = number | 'missing' | 'untold';

/** A rename that depends on the size of the file. */
export interface MeasuredRename {
  readonly from: string;
  readonly to: string;
  readonly isRight: (size: RemoteSize) => boolean;
  /** The next request is to store a file, at once: what it needs may be asked for together with this one. */
  readonly isFollowed: boolean;
}

/** What became of it. */
export interface Renaming {
  readonly size: RemoteSize;
  /** The server's confirmation, or its "no"; undefined where the size was not right. */
  readonly result: string | Refusal | undefined;
}

/**
 * The ministry's folder over one session, one request at a time. Requests reject with a Refusal
 * where the server said no, and with any other error where the session is not to be used further.
 */
export interface RemoteFolder {
  /** Writes a whole file, over any that has the name. Resolves with the server's confirmation. */
  store(name: string, bytes: Uint8Array): Promise<string>;
  sizeOf(name: string): Promise<RemoteSize>;
  /** Undefined where the server forbids to read. Rejects where more than `maxBytes` come. */
  read(name: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** Resolves with the server's confirmation. Replaces an existing file only where that is atomic. */
  rename(from: string, to: string): Promise<string>;
  /** Renames where `isRight` says that the size is; only requests that change nothing come before that. */
  measureAndRename(rename: MeasuredRename): Promise<Renaming>;
  /** False where the server did not. */
  remove(name: string): Promise<boolean>;
}

/** `measureAndRename` by one request after the other. */
export async function measureThenRename(
  folder: Pick<RemoteFolder, 'sizeOf' | 'rename'>,
  { from, to, isRight }: MeasuredRename,
): Promise<Renaming> {
  const size = await folder.sizeOf(from);
  return { size, result: isRight(size) ? await renameOrRefusal(folder, from, to) : undefined };
}

export async function renameOrRefusal(
  folder: Pick<RemoteFolder, 'rename'>,
  from: string,
  to: string,
): Promise<string | Refusal> {
  try {
    return await folder.rename(from, to);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

/** Servers say in words what their codes leave open; in English, or in the ministry's own language. */
export function meaningOfWords(text: string): Meaning | undefined {
  if (
    /no space|enough (disk )?space|quota|disk (is )?full|insufficient (disk )?(storage|space)/i.test(
      text,
    )
  )
    return 'not-now';
  if (/no such|not found|not exist|n't exist|cannot find|không tồn tại|không tìm thấy/i.test(text))
    return 'missing';
  if (saysItExists(text)) return 'exists';
  return undefined;
}

export function saysItExists(text: string): boolean {
  return /exists|already|duplicate|overwrite|đã tồn tại|đã có|trùng/i.test(text);
}

/** The receipt of a repeat whose answer says that the file exists; the operators' guide names it. */
export function presumedReceipt(answer: string): string {
  return `được coi là đã có trên máy chủ nhận / presumed to be there already: ${answer}`;
}

/** A way to bring a file in: under a temporary name of this pattern, or directly under its own. */
export type Way = { readonly pattern: string } | 'direct';

/** With a dot, readers of listings do not see it; without, servers that forbid dot-files take it. */
const usualPatterns = ['.{key}.part', '{key}.part'];

/** A way that worked before is given up after so many files in a row that it did not work for. */
const maxMisses = 3;
/** A better way is tried again after so long. */
const retryBetterMs = 24 * 3_600_000;
const maxLeftovers = 1_000;

/** Something that most servers can do: given up at the first failure, or at two in a row where it had worked. */
class Ability {
  #state: 'untried' | 'proven' | 'missing' = 'untried';

  get isProven(): boolean {
    return this.#state === 'proven';
  }

  get isMissing(): boolean {
    return this.#state === 'missing';
  }

  worked(): void {
    this.#state = 'proven';
  }

  failed(): void {
    this.#state = this.#state === 'proven' ? 'untried' : 'missing';
  }
}

/**
 * What the connections to one target have learnt of its server, for as long as the process lives.
 * Losing it costs the first file a few refused requests.
 */
export class TargetMemory {
  /** The server has reported the size of a file that we had just stored. */
  reportsSizes = false;
  /** A rename to a file's own name has succeeded. */
  hasRenamed = false;
  /** Whether an FTP server answers both of SIZE and RNFR, and of RNTO and EPSV, that come in one packet. */
  readonly sizeWithRename = new Ability();
  readonly offerWithRename = new Ability();
  readonly #ways: readonly Way[];
  /** Index of the way to begin with. */
  #first = 0;
  #isProven = false;
  #misses = 0;
  #givenUpAt = 0;
  /** Temporary names of failed attempts that may lie at the ministry; bounded, the oldest dropped. */
  readonly #leftovers = new Set<string>();

  constructor({ upload = 'auto', temporaryName }: Pick<Target, 'upload' | 'temporaryName'>) {
    const patterns = temporaryName === undefined ? usualPatterns : [temporaryName];
    this.#ways = [
      ...(upload === 'direct' ? [] : patterns.map((pattern) => ({ pattern }))),
      ...(upload === 'temporary' ? [] : (['direct'] as const)),
    ];
  }

  /** In the order in which they are to be tried. */
  waysToTry(nowMs: number): readonly Way[] {
    if (this.#first > 0 && nowMs - this.#givenUpAt >= retryBetterMs) this.#beginAgain();
    return this.#ways.slice(this.#first);
  }

  /** `way` brought the file in; `before`: how the way before it had failed. */
  worked(way: Way, before: 'no-temporary' | 'no-rename' | 'lost' | undefined, nowMs: number): void {
    if (before === undefined) {
      this.#misses = 0;
      this.#isProven = true;
      return;
    }
    this.#misses += 1;
    // One odd file, or one that got lost, is no reason to give up a way that works for the others.
    if ((this.#isProven || before === 'lost') && this.#misses < maxMisses) return;
    this.#first = this.#ways.indexOf(way);
    this.#isProven = true;
    this.#misses = 0;
    this.#givenUpAt = nowMs;
  }

  /** No way did: the server may have changed. */
  nothingWorked(): void {
    if (!this.#isProven || this.#first > 0) this.#beginAgain();
  }

  #beginAgain(): void {
    this.#first = 0;
    this.#isProven = false;
    this.#misses = 0;
  }

  /** All names that attempts at this delivery can leave at the ministry. */
  namesOf(key: string): { temporary: readonly string[]; aside: readonly string[] } {
    const patterns = this.#ways.flatMap((way) => (way === 'direct' ? [] : [way.pattern]));
    return {
      temporary: patterns.map((pattern) => temporaryName(pattern, key)),
      aside: patterns.map((pattern) => asideName(pattern, key)),
    };
  }

  get hasLeftovers(): boolean {
    return this.#leftovers.size > 0;
  }

  addLeftovers(names: Iterable<string>): void {
    for (const name of names) {
      this.#leftovers.add(name);
      const [oldest] = this.#leftovers;
      if (oldest !== undefined && this.#leftovers.size > maxLeftovers)
        this.#leftovers.delete(oldest);
    }
  }

  /** Those of a delivery that begins anew, taken out: they are about to be used again. */
  takeLeftovers(names: readonly string[]): string[] {
    return names.filter((name) => this.#leftovers.delete(name));
  }

  takeSomeLeftovers(limit: number): string[] {
    return this.takeLeftovers([...this.#leftovers].slice(0, limit));
  }
}

/**
 * Without the station's code in it: the ministry's reader takes every name that contains a
 * station's code, whatever its ending. The same for every attempt, so that a broken one is
 * overwritten by the next.
 */
export function temporaryName(pattern: string, key: string): string {
  return pattern.replaceAll('{key}', hash(key));
}

/** Where the ministry's older version waits while the new one is put in its place. */
export function asideName(pattern: string, key: string): string {
  return pattern.replaceAll('{key}', hash(`old ${key}`));
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
