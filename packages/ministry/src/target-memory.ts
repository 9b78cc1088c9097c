import { createHash } from 'node:crypto';
import type { Target } from '@envigate/contracts';
import { FtpAbilities } from '@envigate/remote-folder';

/** A way to bring a file in: under a temporary name of this pattern, or directly under its own. */
export type Way = { readonly pattern: string } | 'direct';

/** With a dot, readers of listings do not see it; without, servers that forbid dot-files take it. */
const usualPatterns = ['.{key}.part', '{key}.part'];

/** A way that worked before is given up after so many files in a row that it did not work for. */
const maxMisses = 3;
/** A better way is tried again after so long. */
const retryBetterMs = 24 * 3_600_000;
const maxLeftovers = 1_000;

/**
 * What the connections to one target have learnt of its server, for as long as the process lives.
 * Losing it costs the first file a few refused requests.
 */
export class TargetMemory {
  /** The server has reported the size of a file that we had just stored. */
  reportsSizes = false;
  /** A rename to a file's own name has succeeded. */
  hasRenamed = false;
  readonly ftp = new FtpAbilities();
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
