import { createHash } from 'node:crypto';
import { identityTexts, type NamedFile } from '@envigate/domain';
import { framed } from '@envigate/runtime';

export interface FileIdentity {
  /** SHA-256 of the bytes, hexadecimal. */
  readonly contentHash: string;
  /** SHA-256 of account, folder, name and bytes, hexadecimal: the same file sent twice has the same one. */
  readonly fileId: string;
}

/** The identity of a station file: who sent it, where to, under which name, with which bytes. */
export function identifyFile(file: NamedFile, bytes: Uint8Array): FileIdentity {
  return {
    contentHash: createHash('sha256').update(bytes).digest('hex'),
    fileId: createHash('sha256')
      .update(framed(identityTexts(file)))
      .update(bytes)
      .digest('hex'),
  };
}
