import type { Duplex } from 'node:stream';
import { awaitConnection } from './data-channel.ts';
import type { PendingConnection } from './data-connection.ts';
import type { LingeringConnections } from './lingering-connections.ts';
import type { InterruptionReason, Transfer } from './transfer.ts';

/** Sends a listing over the data connection and closes it; the reason where that did not work out. */
export async function sendListing(
  bytes: Uint8Array,
  pending: PendingConnection,
  transfer: Transfer,
  lingering: LingeringConnections,
): Promise<InterruptionReason | undefined> {
  const opened = await awaitConnection(pending, transfer);
  if (typeof opened === 'string') return opened;
  const { stream } = opened;
  const sent = await send(stream, bytes, transfer);
  if (!sent) {
    stream.destroy();
    return transfer.interruption ?? 'data-lost';
  }
  transfer.bytes = bytes.length;
  lingering.add(stream);
  return undefined;
}

function send(stream: Duplex, bytes: Uint8Array, transfer: Transfer): Promise<boolean> {
  return new Promise((resolve) => {
    if (stream.destroyed) {
      resolve(false);
      return;
    }
    const settle = (sent: boolean): void => {
      transfer.onInterrupt = undefined;
      stream.off('finish', onFinish).off('close', onClose);
      resolve(sent);
    };
    const onFinish = (): void => settle(true);
    const onClose = (): void => settle(false);
    transfer.onInterrupt = () => settle(false);
    stream.on('finish', onFinish).on('close', onClose);
    // Read on, to notice that the peer closes.
    stream.resume();
    stream.end(bytes);
  });
}
