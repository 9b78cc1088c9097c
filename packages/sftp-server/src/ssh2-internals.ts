import type { Connection, SFTPWrapper } from 'ssh2';

/**
 * The parts of ssh2 1.17 that its types do not show. Tests fail where they change: those with
 * `scp`, those with clients that do not read, and those with requests that come late.
 */
interface Internals {
  readonly outgoing: {
    readonly id: number;
    readonly state: string;
    readonly packetSize: number;
    window: number;
  };
  readonly _buffer: readonly Buffer[];
  _protocol: Protocol;
}

interface Protocol {
  exitStatus(channel: number, code: number): void;
  channelData(channel: number, data: Buffer): void;
  channelClose(channel: number): void;
}

const packetType = { version: 2, extendedReply: 201 } as const;

/** Sends that the subsystem ended with `code`, as ssh2 can for a shell but not for SFTP. */
export function sendExitStatus(sftp: SFTPWrapper, code: number): void {
  const { outgoing, _protocol } = sftp as unknown as Internals;
  _protocol.exitStatus(outgoing.id, code);
}

/** Bytes of replies that wait because the client grants the channel no room to send. */
export function unsentBytes(sftp: SFTPWrapper): number {
  let bytes = 0;
  for (const { length } of (sftp as unknown as Internals)._buffer) bytes += length;
  return bytes;
}

const disconnectMessage = { type: 1, tooManyConnections: 12 } as const;

/** Ends the connection with a reason in words, which clients print. ssh2 sends reasons by number alone. */
export function disconnectWith(connection: Connection, text: string): void {
  const { _protocol } = connection as unknown as DisconnectInternals;
  const { write } = _protocol._packetRW;
  const description = stringOf(text);
  const start = write.allocStartKEX;
  // The type, the reason, the description, and no language.
  const packet = write.alloc(1 + 4 + description.length + 4, true);
  packet.writeUInt8(disconnectMessage.type, start);
  packet.writeUInt32BE(disconnectMessage.tooManyConnections, start + 1);
  packet.set(description, start + 5);
  packet.writeUInt32BE(0, start + 5 + description.length);
  _protocol._cipher.encrypt(write.finalize(packet, true));
  connection.end();
}

interface DisconnectInternals {
  readonly _protocol: {
    readonly _packetRW: {
      readonly write: {
        readonly allocStartKEX: number;
        alloc(length: number, isForced: boolean): Buffer;
        finalize(packet: Buffer, isForced: boolean): Buffer;
      };
    };
    readonly _cipher: { encrypt(packet: Buffer): void };
  };
}

interface ConnectionInternals {
  readonly _chanMgr: { get(channel: number): unknown };
  readonly _protocol: {
    readonly _handlers: { CHANNEL_REQUEST: ChannelRequestHandler };
    channelFailure(channel: number): void;
  };
}

type ChannelRequestHandler = (
  protocol: unknown,
  channel: number,
  type: string,
  wantsReply: boolean,
  data: unknown,
) => void;

interface SessionInternals {
  readonly _channel?: unknown;
  readonly _chanInfo?: { readonly outgoing: { readonly id: number } };
}

/**
 * Refuses requests on a channel whose program runs already, such as for a terminal or an agent. ssh2
 * leaves them without an answer, and a client that wants one would wait for ever.
 */
export function answerLateRequests(connection: Connection): void {
  const { _chanMgr, _protocol } = connection as unknown as ConnectionInternals;
  const { _handlers } = _protocol;
  const handle = _handlers.CHANNEL_REQUEST;
  _handlers.CHANNEL_REQUEST = (protocol, channel, type, wantsReply, data) => {
    const session = _chanMgr.get(channel) as SessionInternals | undefined;
    const { _channel: program, _chanInfo: info } = session ?? {};
    if (wantsReply && program !== undefined && info !== undefined) {
      _protocol.channelFailure(info.outgoing.id);
    } else {
      handle(protocol, channel, type, wantsReply, data);
    }
  };
}

/**
 * Names extensions in the VERSION packet, which ssh2 always sends without any. VERSION is the first
 * that a server sends on the channel: until it has, what ssh2 sends passes through here.
 */
export function announceExtensions(
  sftp: SFTPWrapper,
  extensions: Readonly<Record<string, string>>,
): void {
  const internals = sftp as unknown as Internals;
  const { _protocol: protocol, outgoing } = internals;
  internals._protocol = {
    exitStatus: (channel, code) => protocol.exitStatus(channel, code),
    channelClose: (channel) => protocol.channelClose(channel),
    channelData: (channel, data) => {
      internals._protocol = protocol;
      const pairs = Buffer.concat(Object.entries(extensions).flat().map(stringOf));
      const version = Buffer.concat([data, pairs]);
      version.writeUInt32BE(version.length - 4);
      const fits = pairs.length <= outgoing.window && version.length <= outgoing.packetSize;
      // A client with so small a window gets on without extensions.
      if (data[4] !== packetType.version || !fits) return protocol.channelData(channel, data);
      outgoing.window -= pairs.length;
      protocol.channelData(channel, version);
    },
  };
}

/** Sends the answer of an extension; false where the client leaves it no room now. */
export function sendExtendedReply(sftp: SFTPWrapper, id: number, data: Buffer): boolean {
  const { outgoing, _buffer, _protocol } = sftp as unknown as Internals;
  const packet = Buffer.alloc(9 + data.length);
  packet.writeUInt32BE(packet.length - 4);
  packet.writeUInt8(packetType.extendedReply, 4);
  packet.writeUInt32BE(id, 5);
  packet.set(data, 9);
  const fits = packet.length <= outgoing.window && packet.length <= outgoing.packetSize;
  // What does not fit would have to wait in ssh2's own queue, behind what is there.
  if (outgoing.state !== 'open' || _buffer.length > 0 || !fits) return false;
  outgoing.window -= packet.length;
  _protocol.channelData(outgoing.id, packet);
  return true;
}

/** A string as it travels: its length in bytes, and the bytes. */
function stringOf(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}
