import { ListingBudget } from '@envigate/domain';
import { systemClock } from '@envigate/runtime';
import { SftpChannel, type Carrier } from '../../sftp-channel.ts';
import { SftpSession } from '../../sftp-session.ts';
import type { SftpEmit } from '../../telemetry.ts';
import type { FakeTree } from '../fake-hall.ts';
import type { Ssh2Channel } from './ssh2-channel.ts';

/** The only channel of a connection that counts the bytes held, and does nothing else. */
export function openLoneChannel(
  tree: FakeTree,
  wire: Ssh2Channel,
  emit: SftpEmit,
): { readonly channel: SftpChannel; readonly held: () => number } {
  let held = 0;
  const carrier: Carrier = {
    touch: () => undefined,
    hold: (bytes) => (held += bytes),
    gather: () => undefined,
    replied: () => undefined,
  };
  const session: SftpSession = new SftpSession({
    tree,
    emit,
    clock: systemClock,
    isStopping: () => false,
    listings: new ListingBudget({ all: 10_000, perAccount: 5_000 }),
    hasHandleToGive: () => session.openHandles < 256,
  });
  const channel = new SftpChannel(wire.sftp, session, carrier);
  return { channel, held: () => held };
}
