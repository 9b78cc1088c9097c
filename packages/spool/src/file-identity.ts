import { createHash } from 'node:crypto';

export interface FileIdentity {
  /** SHA-256 of the bytes, hexadecimal. */
  readonly contentHash: string;
  /** SHA-256 of account, name and bytes, hexadecimal: the same file sent twice has the same one. */
  readonly fileId: string;
}

/**
 * The identity of a station file: who sent it, under which name, with which bytes. Neither folder,
 * time, protocol nor inode takes part, so a resend by another way is known as the same file.
 *
 * fileId = SHA-256(u32(length of account) · account · u32(length of name) · name · bytes), texts in
 * UTF-8 and lengths in bytes, big-endian. The lengths keep ("ab", "c") apart from ("a", "bc").
 */
export function identifyFile(account: string, name: string, bytes: Uint8Array): FileIdentity {
  return {
    contentHash: createHash('sha256').update(bytes).digest('hex'),
    fileId: createHash('sha256')
      .update(framed(account))
      .update(framed(name))
      .update(bytes)
      .digest('hex'),
  };
}

function framed(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(4 + length);
  frame.writeUInt32BE(length, 0);
  frame.write(text, 4);
  return frame;
}
