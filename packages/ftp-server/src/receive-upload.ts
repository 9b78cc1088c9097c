import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  TreeError,
  type InterruptedBytes,
  type ProvisionalFile,
  type Upload,
} from '@envigate/domain';
import { freeChunk } from '@envigate/runtime';
import { awaitConnection } from './data-channel.ts';
import type {
  DataConnection,
  InterruptionReason,
  PendingConnection,
  Transfer,
} from './data-connection.ts';
import type { LingeringConnections } from './lingering-connections.ts';

/** A client over TLS that breaks off may end its control connection and then, in order, its data. */
const CONTROL_END_OVER_TLS_MS = 10;

export type UploadOutcome =
  /** `provisional` where the end of the data may also have been the death of the client. */
  | { readonly kind: 'stored'; readonly provisional?: ProvisionalFile }
  /** The tree said no, at a write or at the commit. */
  | { readonly kind: 'refused'; readonly error: unknown }
  | { readonly kind: 'interrupted'; readonly reason: InterruptionReason };

interface UploadTransfer {
  readonly transfer: Transfer;
  readonly upload: Upload;
  readonly pending: PendingConnection;
  readonly lingering: LingeringConnections;
  readonly maxFileBytes: number;
  /** Called for each chunk, so that the session knows it is not idle. */
  readonly onActivity: () => void;
}

/**
 * Takes a file from the data connection into the tree, byte for byte: TYPE A changes nothing here,
 * because the hash and the original are those of the bytes sent, and line ends are a matter of
 * whoever reads the file. The file is committed only after the data connection ended in order and
 * while the control connection lives. Over TLS that end is the client's close_notify; in the clear
 * the kernel ends the connections of a client that dies just so, the data often before the control,
 * and the file stays provisional until the client shows that it lived.
 */
export async function receiveUpload(job: UploadTransfer): Promise<UploadOutcome> {
  const { transfer, upload } = job;
  const opened = await awaitConnection(job.pending, transfer);
  if (typeof opened === 'string') {
    await upload.interrupt(opened, bytesAfter(opened));
    return { kind: 'interrupted', reason: opened };
  }
  const received = await takeAll(opened, job);
  if (typeof received !== 'string') {
    const reason = received.kind === 'interrupted' ? received.reason : 'refused';
    await upload.interrupt(reason, bytesAfter(reason));
    return received;
  }
  try {
    const provisional = await upload.commitProvisionally();
    // Whose bytes they are may show as late as this.
    if (transfer.interruption === 'data-contested') {
      await provisional.interrupt('data-contested', 'discard');
      return { kind: 'interrupted', reason: 'data-contested' };
    }
    if (received === 'in-order') return { kind: 'stored', provisional };
    provisional.confirm();
    return { kind: 'stored' };
  } catch (error) {
    return { kind: 'refused', error };
  }
}

/** What may be a stranger's is nothing that the client could resume. */
function bytesAfter(reason: string): InterruptedBytes {
  return reason === 'data-contested' ? 'discard' : 'keep';
}

/** Everything that the client sends, and how it ended where that is all that it wanted to send. */
async function takeAll(
  connection: DataConnection,
  job: UploadTransfer,
): Promise<UploadOutcome | 'announced' | 'in-order'> {
  const { stream } = connection;
  const received = await pump(stream, job);
  if (received !== 'whole') return received;
  const end = await connection.howItEnded();
  if (end === 'data-lost' || end === 'no-close-notify') {
    stream.destroy();
    return { kind: 'interrupted', reason: end };
  }
  connection.close();
  await controlRead();
  // A TLS end of the control connection is decrypted some turns later than it came.
  if (end === 'announced') await delay(CONTROL_END_OVER_TLS_MS);
  const { interruption } = job.transfer;
  return interruption === undefined ? end : { kind: 'interrupted', reason: interruption };
}

/** Moves everything that comes from the stream into the upload, one write at a time, and frees its memory. */
function pump(
  stream: Duplex,
  { transfer, upload, lingering, maxFileBytes, onActivity }: UploadTransfer,
): Promise<UploadOutcome | 'whole'> {
  return new Promise((resolve) => {
    const backlog: Uint8Array[] = [];
    const room = maxFileBytes - upload.size;
    let writing = false;
    let ended = false;
    let outcome: UploadOutcome | 'whole' | undefined;

    // The upload is not ended under a write, so a running one is waited for.
    const settle = (result: UploadOutcome | 'whole'): void => {
      if (outcome !== undefined) return;
      outcome = result;
      transfer.onInterrupt = undefined;
      upload.onExpired = undefined;
      // After the end of the stream none of them has an effect.
      if (result !== 'whole') {
        stream.off('data', onData).off('end', onEnd).off('close', onClose);
        if (result.kind === 'refused') lingering.add(stream);
        else stream.destroy();
        for (const chunk of backlog.splice(0)) freeChunk(chunk);
      }
      if (!writing) resolve(result);
    };
    const write = (chunk: Uint8Array): void => {
      writing = true;
      const done = (): void => {
        writing = false;
        freeChunk(chunk);
      };
      const onRefused = (error: unknown): void => {
        done();
        if (outcome === undefined) settle({ kind: 'refused', error });
        else resolve(outcome);
      };
      upload.write(chunk).then(() => {
        done();
        onWritten();
      }, onRefused);
    };
    const onWritten = (): void => {
      if (outcome !== undefined) {
        resolve(outcome);
        return;
      }
      const next = backlog.shift();
      if (next !== undefined) write(next);
      else if (ended) settle('whole');
      else stream.resume();
    };
    const onData = (chunk: Uint8Array): void => {
      onActivity();
      transfer.bytes += chunk.length;
      if (transfer.bytes > room) {
        const error = new TreeError(
          'too-large',
          `files of more than ${maxFileBytes} bytes are refused`,
        );
        settle({ kind: 'refused', error });
        freeChunk(chunk);
      } else if (writing) {
        backlog.push(chunk);
        stream.pause();
      } else {
        write(chunk);
      }
    };
    const onEnd = (): void => {
      ended = true;
      if (!writing) settle('whole');
    };
    const onClose = (): void => {
      if (!ended) settle({ kind: 'interrupted', reason: 'data-lost' });
    };
    const onInterrupt = (): void =>
      settle({ kind: 'interrupted', reason: transfer.interruption ?? 'data-lost' });

    if (stream.destroyed) {
      settle({ kind: 'interrupted', reason: 'data-lost' });
      return;
    }
    transfer.onInterrupt = onInterrupt;
    // Without this, a sender that sends nothing more gets the reply only at the idle timeout.
    upload.onExpired = (error) => settle({ kind: 'refused', error });
    stream.on('data', onData).on('end', onEnd).on('close', onClose);
    // An empty file may have ended before anybody asked.
    if (stream.readableEnded) onEnd();
  });
}

/** One turn of the event loop, which reads an end of the control connection that has come already. */
function controlRead(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
