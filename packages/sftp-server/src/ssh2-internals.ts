import type { SFTPWrapper } from 'ssh2';

/**
 * The parts of ssh2 1.17 that its types do not show. Tests fail where they change: those with
 * `scp` and those with clients that do not read.
 */
interface Internals {
  readonly outgoing: { readonly id: number };
  readonly _buffer: readonly Buffer[];
  readonly _protocol: { exitStatus(channel: number, code: number): void };
}

/** Tells the client that the subsystem ended with `code`, as ssh2 can for a shell but not for SFTP. */
export function sendExitStatus(sftp: SFTPWrapper, code: number): void {
  const { outgoing, _protocol } = sftp as unknown as Internals;
  _protocol.exitStatus(outgoing.id, code);
}

/** Replies that wait because the client grants the channel no room to send. */
export function unsentReplies(sftp: SFTPWrapper): number {
  return (sftp as unknown as Internals)._buffer.length;
}
