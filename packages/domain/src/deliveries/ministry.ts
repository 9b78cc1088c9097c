import type { Target } from '@envigate/contracts';

/** One file for the ministry. The same delivery always has the same name, bytes and key. */
export interface MinistryFile {
  readonly name: string;
  readonly payload: Uint8Array;
  /** The same for every attempt of one delivery, different for every two deliveries. */
  readonly idempotencyKey: string;
  /** An earlier attempt ended without an answer: the ministry may have the file already. */
  readonly resend: boolean;
  /** Another file follows at once over the same connection. A hint, which saves a round trip. Default false. */
  readonly isFollowed?: boolean;
}

/**
 * How a delivery ends, in the numbers of the present system's log (EnviSoft, ftp_send_receive):
 * 1 sent, 2 cannot connect, 3 transmission error, 4 invalid format, 5 empty file.
 */
export const deliveryCodes = {
  sent: 1,
  cannotConnect: 2,
  transmissionError: 3,
  invalidFormat: 4,
  emptyFile: 5,
} as const;
export type FailureCode = 2 | 3 | 4 | 5;

export type DeliveryOutcome =
  /** The ministry has the whole file. `receipt` is its answer, verbatim. */
  | {
      readonly kind: 'accepted';
      readonly receipt: string;
      /**
       * The repeat of an attempt in doubt was answered with "it is already there", and the bytes
       * could not be compared. Absent: confirmed.
       */
      readonly presumed?: true;
    }
  /** The ministry will never take this file; the next ones may be fine. */
  | { readonly kind: 'refused'; readonly code: FailureCode; readonly reason: string };

/**
 * One connection to an inlet of the ministry, used for one file at a time. Connects when first
 * needed and keeps the session; after any error the next file gets a fresh one.
 */
export interface MinistryTarget {
  /** Throws DeliveryError where it is unknown or not yet true that the ministry has the file. */
  deliver(file: MinistryFile): Promise<DeliveryOutcome>;
  /** For good, also in mid-transfer. Never rejects; safe to call twice. */
  close(): Promise<void>;
}

/** Opens nothing yet. Throws DeliveryError where the registry's target cannot be used as it is. */
export type ConnectMinistryTarget = (target: Target) => MinistryTarget;

export interface DeliveryErrorOptions extends ErrorOptions {
  /** The ministry may have the file although it did not say so: nothing came back, or nothing clear. */
  readonly inDoubt: boolean;
  /**
   * The ministry answered "no, and not later either" to this file, without a verdict on its form
   * (FTP 550 to its name, HTTP 413): other files may pass. Default false.
   */
  readonly refusesFile?: boolean;
  /** How long the ministry asked us to wait. */
  readonly retryAfterMs?: number | undefined;
}

/** An attempt that did not end in an outcome. Always worth another attempt, later. */
export class DeliveryError extends Error {
  readonly code: 'ministry-unreachable' | 'transfer-failed';
  readonly failureCode: FailureCode;
  readonly retryable = true;
  readonly inDoubt: boolean;
  readonly refusesFile: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: DeliveryError['code'], message: string, options: DeliveryErrorOptions) {
    super(message, options);
    this.name = 'DeliveryError';
    this.code = code;
    this.failureCode =
      code === 'ministry-unreachable'
        ? deliveryCodes.cannotConnect
        : deliveryCodes.transmissionError;
    this.inDoubt = options.inDoubt;
    this.refusesFile = options.refusesFile ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}
