import type { Reply } from './protocol.ts';
import { malformed, refusal, status } from './protocol.ts';

/** OpenSSH's extensions that this server speaks, by the version of each. */
export const extensions = {
  'posix-rename@openssh.com': '1',
  'fsync@openssh.com': '1',
  'statvfs@openssh.com': '2',
  'fstatvfs@openssh.com': '2',
} as const;

export type ExtensionName = keyof typeof extensions;

/** What the extensions do; the paths are as the client wrote them. */
export interface ExtensionRequests {
  posixRename(from: string, to: string): Promise<Reply>;
  fsync(handle: Buffer): Promise<Reply>;
  statvfs(path: string): Promise<Reply>;
  fstatvfs(handle: Buffer): Promise<Reply>;
}

const unsupported = refusal(status.unsupported, 'this extension is not supported');

export function isExtension(name: string): name is ExtensionName {
  return Object.hasOwn(extensions, name);
}

/** Reads the fields of an EXTENDED request, and asks for what it wants. */
export function answerExtension(
  name: string,
  data: Buffer | undefined,
  requests: ExtensionRequests,
): Promise<Reply> {
  if (!isExtension(name)) return Promise.resolve(unsupported);
  const [first, second] = readStrings(data ?? Buffer.alloc(0));
  if (first === undefined) return Promise.resolve(malformed);
  switch (name) {
    case 'posix-rename@openssh.com':
      if (second === undefined) return Promise.resolve(malformed);
      return requests.posixRename(first.toString(), second.toString());
    case 'fsync@openssh.com':
      return requests.fsync(first);
    case 'statvfs@openssh.com':
      return requests.statvfs(first.toString());
    case 'fstatvfs@openssh.com':
      return requests.fstatvfs(first);
  }
}

/**
 * What `df` shows, the same to everybody and at all times. What an account may send is bounded by
 * its quotas and by the gateway's spool, neither of which is a disk; how large the gateway's disk
 * is and how full, is no sender's business; and a logger that looks before it sends must send.
 * Where there is no room, the upload itself is refused.
 */
export const fileSystemReply: Reply = { kind: 'extended', data: fileSystem() };

function fileSystem(): Buffer {
  const blockBytes = 4096n;
  const blocks = 2n ** 40n / blockBytes;
  const files = 2n ** 32n;
  const noSetuid = 2n;
  const maxNameBytes = 235n;
  const fields = [
    ...[blockBytes, blockBytes, blocks, blocks / 2n, blocks / 2n],
    ...[files, files / 2n, files / 2n, 0n, noSetuid, maxNameBytes],
  ];
  const data = Buffer.alloc(8 * fields.length);
  fields.forEach((field, i) => data.writeBigUInt64BE(field, 8 * i));
  return data;
}

/** The strings of the data, each its length and its bytes; those before the first that is cut. */
function readStrings(data: Buffer): Buffer[] {
  const strings: Buffer[] = [];
  let at = 0;
  while (data.length - at >= 4) {
    const end = at + 4 + data.readUInt32BE(at);
    if (end > data.length) break;
    strings.push(data.subarray(at + 4, end));
    at = end;
  }
  return strings;
}
