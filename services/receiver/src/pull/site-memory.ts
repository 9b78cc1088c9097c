import type { RemoteEntry, Sighting } from '@envigate/domain';

/** A file that was not listed for so long is forgotten; a disk that is not mounted comes back sooner. */
const forgetMs = 24 * 3_600_000;

/** What is known of a site between two looks. A restart forgets it, and costs a look more. */
export class SiteMemory {
  readonly #sightings = new Map<string, Sighting>();
  #missingSinceMs = new Map<string, number>();
  readonly #troubles = new Set<string>();
  readonly #complaints = new Map<string, string>();

  sighting(path: string): Sighting | undefined {
    return this.#sightings.get(path);
  }

  /** Remembers since when the file has been as it is. */
  see(path: string, { size, listed }: RemoteEntry, nowMs: number): void {
    const before = this.#sightings.get(path);
    if (before?.size === size && before.listed === listed) return;
    this.#sightings.set(path, { size, listed, sinceMs: nowMs });
  }

  /** It was taken, or is another file than before. */
  unsee(path: string): void {
    this.#sightings.delete(path);
  }

  /** A file or folder that the connection broke at: it comes last from now on. */
  addTrouble(path: string): void {
    this.#troubles.add(path);
  }

  endTrouble(path: string): void {
    this.#troubles.delete(path);
  }

  isTrouble(path: string): boolean {
    return this.#troubles.has(path);
  }

  /** Whether a fault of this file, in this state, has not been reported yet. */
  isNewComplaint(path: string, fault: string): boolean {
    if (this.#complaints.get(path) === fault) return false;
    this.#complaints.set(path, fault);
    return true;
  }

  /**
   * After a look at everything: keeps nothing of what was not listed. Gives the paths of `taken`
   * that have been missing for long. `nowMs` is on the sightings' clock.
   */
  settle(listed: ReadonlySet<string>, taken: Iterable<string>, nowMs: number): readonly string[] {
    for (const known of [this.#sightings, this.#complaints, this.#troubles])
      for (const path of known.keys()) if (!listed.has(path)) known.delete(path);
    const missingSinceMs = new Map<string, number>();
    for (const path of taken)
      if (!listed.has(path)) missingSinceMs.set(path, this.#missingSinceMs.get(path) ?? nowMs);
    this.#missingSinceMs = missingSinceMs;
    return [...missingSinceMs]
      .filter(([, sinceMs]) => nowMs - sinceMs >= forgetMs)
      .map(([path]) => path);
  }
}
