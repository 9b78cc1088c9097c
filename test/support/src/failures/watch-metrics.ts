import { pause } from '@envigate/runtime';

/** Prometheus gives a scrape 10 s by default. */
const answerWithinMs = 10_000;
const everyMs = 1_000;

/** How /metrics was answered over a time, by all services. */
export interface MetricsAnswers {
  asked: number;
  unanswered: string[];
  slowestMs: number;
}

/** Asks each target for its metrics again and again, by itself: an answer that is late delays no other. */
export class MetricsWatch {
  #answers: MetricsAnswers = noAnswers();
  readonly #stopping = new AbortController();
  readonly #watching: Promise<unknown>;

  constructor(targets: ReadonlyMap<string, string>) {
    this.#watching = Promise.all([...targets].map(([name, target]) => this.#watch(name, target)));
  }

  /** What was seen since it was asked last. */
  take(): MetricsAnswers {
    const answers = this.#answers;
    this.#answers = noAnswers();
    return answers;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#watching;
  }

  async #watch(name: string, target: string): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const began = performance.now();
      const isAnswered = await fetch(`http://${target}/metrics`, {
        signal: AbortSignal.timeout(answerWithinMs),
      }).then(
        async (response) => (await response.text()).length > 0 && response.ok,
        () => false,
      );
      const tookMs = performance.now() - began;
      this.#answers.asked += 1;
      if (!isAnswered) this.#answers.unanswered.push(name);
      this.#answers.slowestMs = Math.max(this.#answers.slowestMs, tookMs);
      await pause(everyMs, this.#stopping.signal);
    }
  }
}

function noAnswers(): MetricsAnswers {
  return { asked: 0, unanswered: [], slowestMs: 0 };
}
