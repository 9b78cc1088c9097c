import { Tally, TreeError } from '@envigate/domain';

/** Who is charged for the memory of an upload. */
interface UploadOwner {
  readonly account: string;
  /** IPv4 address or IPv6 /64; undefined for an address without a limit of its own. */
  readonly sender: string | undefined;
}

export interface UploadShares {
  /** The part of all that one account may take. */
  readonly accountShare: number;
  /** The part of all that one sender may take. */
  readonly addressShare: number;
  /** Up to this size an upload is small. */
  readonly smallFileBytes: number;
  /** The part of all, and of each share, that only small uploads may take. */
  readonly smallFileReserve: number;
}

/** The memory that an upload may use. */
export interface UploadBudget {
  /** `size` is what the upload takes in all. Throws TreeError `no-room` where too much is on its way already. */
  take(bytes: number, size: number): void;
  giveBack(bytes: number): void;
}

const undivided: UploadShares = {
  accountShare: 1,
  addressShare: 1,
  smallFileBytes: 0,
  smallFileReserve: 0,
};

/**
 * Bounds what all uploads under way hold together, so that no account and no address can take it all:
 * each has a share, and the last part of all and of each share is for small files, as nearly all
 * station files are. Costs an account with very many large files at once a temporary refusal.
 */
export class UploadMemory implements UploadBudget {
  readonly #maxBytes: number;
  readonly #shares: UploadShares;
  readonly #byAccount = new Tally();
  readonly #bySender = new Tally();
  #used = 0;

  constructor(maxBytes: number, shares: UploadShares = undivided) {
    this.#maxBytes = maxBytes;
    this.#shares = shares;
  }

  get used(): number {
    return this.#used;
  }

  /** What uploads of the owner take. */
  of({ account, sender }: UploadOwner): UploadBudget {
    const { accountShare, addressShare } = this.#shares;
    const add = (bytes: number): void => {
      this.#byAccount.add(account, bytes);
      if (sender !== undefined) this.#bySender.add(sender, bytes);
    };
    return {
      take: (bytes, size) => {
        const byAccount = this.#byAccount.of(account) + bytes;
        this.#check(byAccount, size, accountShare, `of the account ${account}`);
        if (sender !== undefined) {
          const bySender = this.#bySender.of(sender) + bytes;
          this.#check(bySender, size, addressShare, `from ${sender}`);
        }
        this.take(bytes, size);
        add(bytes);
      },
      giveBack: (bytes) => {
        this.giveBack(bytes);
        add(-bytes);
      },
    };
  }

  take(bytes: number, size: number): void {
    this.#check(this.#used + bytes, size, 1, 'of all accounts');
    this.#used += bytes;
  }

  giveBack(bytes: number): void {
    this.#used -= bytes;
  }

  #check(taken: number, size: number, share: number, whose: string): void {
    const { smallFileBytes, smallFileReserve } = this.#shares;
    const part = size <= smallFileBytes ? 1 : 1 - smallFileReserve;
    if (taken > this.#maxBytes * share * part)
      throw new TreeError('no-room', `too many uploads ${whose} at once; try again later`);
  }
}

/** `receiver.uploads` of the configuration, as far as it is about time. */
export interface UploadPace {
  /** An upload that brings less over `slowSeconds` is ended. */
  readonly minBytesPerSecond: number;
  readonly slowSeconds: number;
  /** However much it brings, an upload takes no longer. */
  readonly maxSeconds: number;
}

/** An upload in progress, as far as its speed is watched. */
export interface TimedUpload {
  /** Bytes that came by now. */
  readonly received: number;
  /** Ends it: its bytes are kept as a partial file, as of any interrupted upload, and its memory is freed. */
  expire(reason: string): void;
}

interface Progress {
  readonly begunMs: number;
  checkedMs: number;
  received: number;
}

/**
 * Ends uploads that occupy memory and bring next to nothing. The idle timeout does not: one byte within it
 * keeps a session alive indefinitely. One look checks all uploads, so that an upload needs no timer of its own.
 * In return an upload may exceed its limit by the time between two looks.
 */
export class SlowUploads {
  readonly #pace: UploadPace;
  readonly #now: () => number;
  readonly #uploads = new Map<TimedUpload, Progress>();

  /** `now` in milliseconds, of a clock that is never set. */
  constructor(pace: UploadPace, now: () => number = () => performance.now()) {
    this.#pace = pace;
    this.#now = now;
  }

  get open(): number {
    return this.#uploads.size;
  }

  begin(upload: TimedUpload): void {
    const now = this.#now();
    this.#uploads.set(upload, { begunMs: now, checkedMs: now, received: upload.received });
  }

  end(upload: TimedUpload): void {
    this.#uploads.delete(upload);
  }

  look(): void {
    const { minBytesPerSecond, slowSeconds, maxSeconds } = this.#pace;
    const now = this.#now();
    for (const [upload, progress] of this.#uploads) {
      const seconds = (now - progress.checkedMs) / 1000;
      if ((now - progress.begunMs) / 1000 > maxSeconds) {
        upload.expire(`the upload took more than ${maxSeconds} s`);
      } else if (seconds >= slowSeconds) {
        const came = upload.received - progress.received;
        if (came < minBytesPerSecond * seconds) {
          upload.expire(`${came} bytes came in ${Math.round(seconds)} s`);
        } else {
          progress.checkedMs = now;
          progress.received = upload.received;
        }
      }
    }
  }
}
