const leastMs = 10;
const mostMs = 250;
const restPerWork = 4;

/**
 * Milliseconds that a worker rests after a batch that was not full and took `workMs`.
 *
 * A record that comes to an idle worker is taken at once. While records keep coming, each batch has
 * a fixed cost (a transaction, its round trips, its commit) many times that of a record in it, so
 * the rest grows with the time that the work took: at most a fifth of the time goes into batches
 * that are not full, and on a machine with too much to do, where everything takes longer, batches
 * grow by themselves until it keeps up. A full batch is followed by the next without any rest.
 */
export function restMs(workMs: number): number {
  return Math.min(Math.max(leastMs, workMs * restPerWork), mostMs);
}
