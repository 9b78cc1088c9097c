import type { Duplex } from 'node:stream';
import { isArrayBuffer } from 'node:util/types';
import { setFlagsFromString } from 'node:v8';
import { MessageChannel } from 'node:worker_threads';

const growthPercent = 100;

/**
 * Lets the heap of this process become twice as large between two collections, where V8 lets it become
 * up to four times as large on a machine with much memory. One file of 1 MiB would leave more than 100 MB of
 * garbage behind, in every service. Trades processor time for memory: with all services in one process at full
 * speed, growth by 75 percent saves 25 MB more and costs an eighth more time for each file. Unlike a fixed limit
 * it ends no process. To be called before there is much on the heap.
 */
export function growHeapSlowly(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
}

/** The memory of smaller ones is often shared with others, and not worth the call. */
const minBytes = 16 * 1024;

/** What is transferred to a closed port is freed with the message, which nobody can receive. */
const { port1: nowhere } = new MessageChannel();
nowhere.close();

/**
 * Frees the memory of bytes that a stream has delivered and nobody reads any more. The chunk is empty
 * afterwards. V8 collects such memory only when 32 MiB of it wait, so a sender whose bytes are merely
 * discarded makes the process grow by that much. Takes 3 µs; without it the same memory costs the garbage
 * collector more. Leaves a chunk alone that is only a part of its memory: others may read the rest.
 */
export function freeChunk(chunk: Uint8Array): void {
  const { buffer } = chunk;
  if (chunk.length < minBytes || chunk.length !== buffer.byteLength) return;
  if (isArrayBuffer(buffer)) nowhere.postMessage(undefined, [buffer]);
}

/** More than any client had under way when its session ended. */
const maxDiscardedBytes = 16 * 1024 * 1024;

/**
 * Reads what a peer still sends after our end and frees it; destroys the stream where that is more than
 * 16 MiB. To close the connection at once would answer with a reset, which may overtake our last reply.
 */
export function discardRest(stream: Duplex): void {
  let discarded = 0;
  stream.on('data', (chunk: Uint8Array) => {
    discarded += chunk.length;
    freeChunk(chunk);
    if (discarded > maxDiscardedBytes) stream.destroy();
  });
}
