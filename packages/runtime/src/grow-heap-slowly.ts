import { setFlagsFromString } from 'node:v8';

const growthPercent = 75;

/**
 * Lets the heap of this process grow by 75 percent between two collections, where V8 lets it become
 * up to four times as large on a machine with much memory. One file of 1 MiB would leave more than 100 MB of
 * garbage behind, in every service. Trades processor time for memory: files that are collected young
 * cost the same, large ones about a tenth more. Unlike a fixed limit it ends no process.
 * To be called before there is much on the heap.
 */
export function growHeapSlowly(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
}
