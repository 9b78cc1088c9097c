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
