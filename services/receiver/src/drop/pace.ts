/** A scan may take a tenth of the time. */
const restFactor = 9;
const soonMs = 1000;
/** Longer waits are cut in pieces: a timer holds no more than 24 days. */
const maxRestMs = 60_000;
const awayMs = 10_000;
const pauses = { firstMs: 500, longestMs: 5000 };

/**
 * When the next scan is due, when the spool is asked again, and how long to rest until then. All
 * times in ms of a clock that never jumps.
 */
export class Pace {
  readonly #scanMs: number;
  #nextScanAt = -Infinity;
  #earliestScanAt = -Infinity;
  #pausedUntil = -Infinity;
  #pauseMs = 0;
  #wake: () => void = () => undefined;
  /** There are files that no look could remember. */
  #isBehind = false;

  constructor(scanMs: number) {
    this.#scanMs = scanMs;
  }

  get pausedUntil(): number {
    return this.#pausedUntil;
  }

  isScanDue(now: number): boolean {
    return now >= this.#nextScanAt;
  }

  /** Where something new was found, more may come: the next look is soon. */
  scanned(began: number, ended: number, hasNews: boolean): void {
    const rest = (ended - began) * restFactor;
    this.#earliestScanAt = ended + Math.max(Math.min(soonMs, this.#scanMs), rest);
    this.#nextScanAt = hasNews
      ? this.#earliestScanAt
      : Math.max(ended + this.#scanMs, this.#earliestScanAt);
  }

  /** The folder could not be looked at. */
  missed(now: number): void {
    this.#nextScanAt = now + Math.min(this.#scanMs, awayMs);
  }

  scanNow(): void {
    this.#nextScanAt = -Infinity;
  }

  /** As soon as the scan before allows. */
  scanSoon(): void {
    this.#nextScanAt = Math.min(this.#nextScanAt, this.#earliestScanAt);
  }

  fallBehind(): void {
    this.#isBehind = true;
  }

  /** Nearly all that is remembered was taken. */
  catchUp(): void {
    if (!this.#isBehind) return;
    this.#isBehind = false;
    this.scanSoon();
  }

  /** The spool refused; waits longer each time. True for the first one. */
  pause(now: number): boolean {
    const isFirst = this.#pauseMs === 0;
    this.#pauseMs = Math.min(pauses.longestMs, Math.max(pauses.firstMs, 2 * this.#pauseMs));
    this.#pausedUntil = now + this.#pauseMs;
    return isFirst;
  }

  /** True where there was a pause. */
  resume(): boolean {
    const wasPaused = this.#pauseMs > 0;
    this.#pauseMs = 0;
    this.#pausedUntil = -Infinity;
    return wasPaused;
  }

  wake(): void {
    this.#wake();
  }

  /** Until the next scan or the other work is due, or until it is woken. */
  async rest(workAt: number, signal: AbortSignal): Promise<void> {
    const ms = Math.min(this.#nextScanAt, workAt) - monotonicMs();
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#wake = () => undefined;
        resolve();
      };
      // At least a turn of the event loop: others have work too.
      const timer = setTimeout(end, Math.min(maxRestMs, Math.max(0, Math.ceil(ms))));
      signal.addEventListener('abort', end);
      this.#wake = end;
      if (signal.aborted) end();
    });
  }
}

/** Milliseconds of the monotonic clock, in which the looks state their instants: it never jumps. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
