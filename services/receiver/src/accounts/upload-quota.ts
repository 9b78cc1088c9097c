import type { Account, Reception } from '@envigate/contracts';
import { noUsage, TreeError, withFile, type Usage } from '@envigate/domain';
import type { Quotas, Reservation } from './quotas.ts';

export interface UploadQuotaParts {
  readonly quotas: Quotas;
  readonly account: string;
  readonly find: (code: string) => Account | undefined;
  /** Of the gateway. */
  readonly maxFileBytes: number;
}

/** What one session is asked before a file is taken. The registry may change while it lasts. */
export class UploadQuota {
  readonly #parts: UploadQuotaParts;
  #received = noUsage;

  constructor(parts: UploadQuotaParts) {
    this.#parts = parts;
  }

  /** Received through this session. */
  get received(): Usage {
    return this.#received;
  }

  /** Largest file now, bytes. */
  get maxFileBytes(): number {
    const { find, account, maxFileBytes } = this.#parts;
    return Math.min(maxFileBytes, find(account)?.quotas?.fileBytes ?? Infinity);
  }

  /** Throws TreeError `quota-used-up` where a file of so many bytes is too much for today. */
  needRoom(bytes: number, besides?: Usage): void {
    this.#parts.quotas.needRoom(this.#account(), bytes, besides);
  }

  /** As needRoom; also reserves the room until the file is acknowledged or rejected. */
  reserve(bytes: number): Reservation {
    const reservation = this.#parts.quotas.reserve(this.#account(), bytes);
    return {
      giveBack: reservation.giveBack,
      used: (reception) => {
        this.#received = withFile(this.#received, bytes);
        reservation.used(reception);
      },
    };
  }

  /** A reception whose bytes were counted when they came. */
  passed(reception: Reception): void {
    this.#parts.quotas.passed(reception);
  }

  #account(): Account {
    const { find, account } = this.#parts;
    const found = find(account);
    if (found !== undefined) return found;
    throw new TreeError('not-permitted', `the account ${account} is closed`);
  }
}
