import type { Validator } from './validate.ts';
import {
  validateDeliveryReceipt,
  validateGapEvent,
  validateNormalisedFile,
  validateQuarantinedFile,
  validateStationFile,
} from './validate.ts';

/** Bytes of a message on the event log ↔ its typed form. Wire form: UTF-8 JSON. */
export interface Codec<T> {
  encode(message: T): Uint8Array;
  /** Throws ContractError, or SyntaxError where the bytes are no JSON. */
  decode(bytes: Uint8Array): T;
}

function jsonCodec<T>(validate: Validator<T>): Codec<T> {
  return {
    encode: (message) => Buffer.from(JSON.stringify(message)),
    decode: (bytes) =>
      validate(
        JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')),
      ),
  };
}

export const stationFileCodec = jsonCodec(validateStationFile);
export const normalisedFileCodec = jsonCodec(validateNormalisedFile);
export const quarantinedFileCodec = jsonCodec(validateQuarantinedFile);
export const gapEventCodec = jsonCodec(validateGapEvent);
export const deliveryReceiptCodec = jsonCodec(validateDeliveryReceipt);
