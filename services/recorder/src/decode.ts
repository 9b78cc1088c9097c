import { createHash } from 'node:crypto';
import {
  normalisedFileCodec,
  quarantinedFileCodec,
  validateNormalisedFile,
  validateQuarantinedFile,
  type Codec,
  type NormalisedFile,
  type QuarantinedFile,
  type Validator,
} from '@envigate/contracts';
import { keepStorable } from './keep-storable.ts';

/** Throws ContractError, SyntaxError or ContentError. */
export function decodeNormalisedFile(bytes: Uint8Array): NormalisedFile {
  return decode(bytes, normalisedFileCodec, validateNormalisedFile);
}

/** Throws ContractError, SyntaxError or ContentError. */
export function decodeQuarantinedFile(bytes: Uint8Array): QuarantinedFile {
  return decode(bytes, quarantinedFileCodec, validateQuarantinedFile);
}

function decode<T extends NormalisedFile | QuarantinedFile>(
  bytes: Uint8Array,
  codec: Codec<T>,
  validate: Validator<T>,
): T {
  const storable = keepStorable(bytes);
  const file = storable === undefined ? codec.decode(bytes) : validate(storable);
  checkContent(file);
  return file;
}

/** What would be kept as the original is not what the receipt was given for. */
export class ContentError extends Error {
  readonly code = 'content-mismatch';
  readonly retryable = false;
}

function checkContent({ content, reception }: NormalisedFile | QuarantinedFile): void {
  const hash = createHash('sha256').update(Buffer.from(content, 'base64')).digest('hex');
  if (hash === reception.contentHash) return;
  throw new ContentError(
    `reception ${reception.receptionId}: content has SHA-256 ${hash}, expected ${reception.contentHash}`,
  );
}
