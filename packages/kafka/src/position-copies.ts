import { setInterval, clearInterval } from 'node:timers';
import type { Logger } from '@envigate/runtime';
import type { StateTopic } from './state-topic.ts';

interface Copy {
  readonly position: number;
  /** Id of the topic in which the position counts. */
  readonly topicId: string;
}

const prefix = 'position/';

/**
 * Copies of positions, which Kafka forgets after a silence (offsets.retention.minutes, 7 days by
 * default). They are written some time after the fact and when the log is closed, so that they cost
 * a busy gateway nothing. A copy is never ahead of its position; one that lags behind makes the log
 * hand records over again.
 */
export class PositionCopies {
  readonly #state: StateTopic;
  readonly #logger: Logger;
  readonly #everyMs: number;
  readonly #waiting = new Map<string, Copy>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(state: StateTopic, logger: Logger, everyMs: number) {
    this.#state = state;
    this.#logger = logger;
    this.#everyMs = everyMs;
  }

  /** `name` moved; the last position of a name is copied soon. One entry a name waits at most. */
  note(name: string, copy: Copy): void {
    this.#waiting.set(name, copy);
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.flush(), this.#everyMs);
    this.#timer.unref();
  }

  /** The copy of a position in this topic; undefined where there is none. */
  async recall(name: string, topicId: string): Promise<number | undefined> {
    const copies = (await this.#state.read())
      .filter(({ key }) => key === prefix + name)
      .map(({ value }) => parse(value))
      .filter((copy) => copy?.topicId === topicId);
    return copies.at(-1)?.position;
  }

  /** Writes what waits; what cannot be written waits on. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#flush());
    return this.#writing;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  async #flush(): Promise<void> {
    const waiting = [...this.#waiting];
    if (waiting.length === 0) return;
    try {
      await this.#state.write(
        waiting.map(([name, copy]) => ({ key: prefix + name, value: JSON.stringify(copy) })),
      );
      for (const [name, copy] of waiting) {
        if (this.#waiting.get(name) === copy) this.#waiting.delete(name);
      }
    } catch (error) {
      this.#logger.debug({ err: error }, 'copies of positions are written later');
    }
  }
}

function parse(value: string): Copy | undefined {
  try {
    const { position, topicId } = JSON.parse(value) as { position?: unknown; topicId?: unknown };
    return typeof position === 'number' && typeof topicId === 'string'
      ? { position, topicId }
      : undefined;
  } catch {
    return undefined;
  }
}
