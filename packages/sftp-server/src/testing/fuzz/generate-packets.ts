import { packet, string, type, uint32, uint64 } from './packets.ts';

export type Random = () => number;

/** Bytes of one client, as they arrive, and whether every packet of it is well formed. */
export interface PacketScript {
  readonly segments: readonly Buffer[];
  /** Requests, where all are well formed: each must be answered once. */
  readonly requests: number | undefined;
}

const shortPaths = [
  ...['/a.txt', 'a.txt', '/d', '/d/b.txt', '/x.filepart', '', '.', '..', '/../../etc/passwd'],
  ...['/a\0b', `/${'n'.repeat(300)}`, '/Nhiệtđộ.txt', '//a//b/./c', '/a\nb'],
];
/** A path too long now and then: it takes as long as a hundred others. */
const paths = [...shortPaths, ...shortPaths, ...shortPaths, ...shortPaths, '/d'.repeat(2049)];
/** ssh2 gives up a channel where a handle has more than the 256 bytes that it may have. */
const noHandles = paths.filter((path) => path.length <= 256);
const extensionNames = [
  ...['posix-rename@openssh.com', 'fsync@openssh.com', 'statvfs@openssh.com'],
  ...['fstatvfs@openssh.com', 'hardlink@openssh.com', '__proto__', ''],
];
const offsets = [0n, 0n, 3n, 8n, 100n, 5000n, 1n << 40n, 1n << 53n, (1n << 64n) - 1n];

type Pick = <T>(items: readonly T[]) => T;

export function generatePackets(random: Random): PacketScript {
  const pick: Pick = (items) => items[Math.floor(random() * items.length)] as never;
  const isWellFormed = random() < 0.4;
  const packets = random() < 0.97 ? [packet(type.init, uint32(3))] : [];
  const count = 1 + Math.floor(random() * 14);
  let requests = 0;
  while (requests < count) {
    const next = random() < 0.3 ? upload(requests, pick) : [request(requests, pick, random)];
    requests += next.length;
    packets.push(...next);
  }
  if (isWellFormed && packets.length === requests + 1)
    return { segments: segments(Buffer.concat(packets), random), requests };
  const spoilt = packets.map((bytes) => (random() < 0.25 ? spoil(bytes, pick, random) : bytes));
  return { segments: segments(Buffer.concat(spoilt), random), requests: undefined };
}

/** In the right order now and then, or chance would make few. The first handle of a session is 0. */
function upload(id: number, pick: Pick): readonly Buffer[] {
  const handle = string(uint32(pick([0, 0, 0, 1])));
  return [
    packet(type.open, uint32(id), string(pick(paths)), uint32(pick([0x1a, 0x0a, 0x0e])), uint32(0)),
    packet(type.write, uint32(id + 1), handle, uint64(0n), string('pH\t7.1\r\n')),
    packet(type.close, uint32(id + 2), handle),
  ];
}

function request(id: number, pick: Pick, random: Random): Buffer {
  const kind = pick(Object.values(type).filter((value) => value !== type.init));
  const path = string(pick(paths));
  const handle = string(random() < 0.9 ? uint32(Math.floor(random() * 4)) : pick(noHandles));
  const attributes = random() < 0.5 ? uint32(0) : Buffer.concat([uint32(1), uint64(pick(offsets))]);
  const reqId = uint32(id);
  switch (kind) {
    case type.open:
      return packet(kind, reqId, path, uint32(Math.floor(random() * 64)), attributes);
    case type.close:
    case type.fstat:
    case type.readdir:
      return packet(kind, reqId, handle);
    case type.read:
      return packet(kind, reqId, handle, uint64(pick(offsets)), uint32(32_768));
    case type.write:
      return packet(kind, reqId, handle, uint64(pick(offsets)), string('x'.repeat(random() * 300)));
    case type.setstat:
    case type.mkdir:
      return packet(kind, reqId, path, attributes);
    case type.fsetstat:
      return packet(kind, reqId, handle, attributes);
    case type.rename:
    case type.symlink:
      return packet(kind, reqId, path, string(pick(paths)));
    case type.extended:
      return packet(kind, reqId, string(pick(extensionNames)), pick([path, handle]), path);
    default:
      return packet(kind, reqId, path);
  }
}

function spoil(bytes: Buffer, pick: Pick, random: Random): Buffer {
  const at = Math.floor(random() * bytes.length);
  const spoilt = Buffer.from(bytes);
  switch (Math.floor(random() * 6)) {
    case 0:
      spoilt[at] = Math.floor(random() * 256);
      return spoilt;
    case 1:
      return spoilt.subarray(0, at);
    case 2:
      spoilt.writeUInt32BE(pick([0, 1, 4, 0x7fffffff, 0x80000000, 0xffffffff, 262_145]));
      return spoilt;
    case 3:
      // The length fits, what it counts does not.
      spoilt.writeUInt32BE(at);
      return spoilt.subarray(0, at + 4);
    case 4:
      if (at + 4 <= bytes.length) spoilt.writeUInt32BE(Math.floor(random() * 2 ** 32), at);
      return spoilt;
    default:
      return Buffer.from(Array.from({ length: at }, () => random() * 256));
  }
}

function segments(bytes: Buffer, random: Random): readonly Buffer[] {
  if (random() < 0.6 || bytes.length < 2) return [bytes];
  const at = 1 + Math.floor(random() * (bytes.length - 1));
  return [bytes.subarray(0, at), ...segments(bytes.subarray(at), random)];
}
