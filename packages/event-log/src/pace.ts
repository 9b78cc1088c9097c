const leastMs = 10;
const mostMs = 300;
const restPerWork = 4;
/** Below, the clock says more of chance than of the machine. */
const leastWorkMs = 1;
/** How fast what a batch takes on an idle machine is forgotten, as it may have been another machine's. */
const forgetting = 1.001;
/** What the newest batch counts in what batches take now: one may be slow by chance, none is quick by chance. */
const shareOfSlower = 0.2;
const shareOfQuicker = 0.6;

/**
 * How long a worker rests after a batch that was not full; one for each worker.
 *
 * A record that comes to an idle worker is taken at once. While records keep coming, each batch has
 * a fixed cost (a transaction, its round trips, its commit) many times that of a record in it. On a
 * machine with time to spare the rest is short, at most four times the work. Where a batch takes
 * longer than the same worker has needed before, the machine has too much to do, or records come so
 * fast that batches grow: then the rest grows faster than the work, batches grow with it, and their
 * fixed cost goes down to a share that the machine can bear. A full batch is followed by the next
 * without any rest.
 */
export class Pace {
  #leastMs = Infinity;
  #usualMs: number | undefined;

  /** Milliseconds to rest after a batch that took `workMs`. */
  restMs(workMs: number): number {
    const work = Math.max(workMs, leastWorkMs);
    this.#leastMs = Math.min(work, this.#leastMs * forgetting);
    const before = this.#usualMs ?? work;
    const usual = before + (work - before) * (work > before ? shareOfSlower : shareOfQuicker);
    this.#usualMs = usual;
    const strain = usual / this.#leastMs;
    return Math.min(Math.max(leastMs, usual * restPerWork * strain), mostMs);
  }
}
