/** How often a key may be seen within a minute; bounded, so that many addresses cannot fill the memory. */
export class Visits {
  readonly #perMinute: number;
  readonly #nowMs: () => number;
  #counts = new Map<string, number>();
  #minute = 0;

  constructor(perMinute: number, nowMs: () => number) {
    this.#perMinute = perMinute;
    this.#nowMs = nowMs;
  }

  /** Counts a visit; false where it is one too many. */
  admit(key: string): boolean {
    const minute = Math.floor(this.#nowMs() / 60_000);
    // Also where the clock was set back: a count never lasts longer than its minute.
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#counts = new Map();
    }
    const count = (this.#counts.get(key) ?? 0) + 1;
    if (count === 1 && this.#counts.size >= maxKeys) return false;
    this.#counts.set(key, count);
    return count <= this.#perMinute;
  }

  secondsLeft(): number {
    return 60 - Math.floor((this.#nowMs() / 1000) % 60);
  }
}

/** Seen within one minute; more are refused until the next one. */
const maxKeys = 10_000;
