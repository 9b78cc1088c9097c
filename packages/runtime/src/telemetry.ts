import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { messageOf, type Logger } from './logger.ts';
import { withDeadline } from './waiting.ts';

/**
 * Telemetry as a catalogue of events. A service declares what can happen to it; emitting an event
 * writes the log line and moves the metrics together, so that the two never disagree.
 *
 * Event names are `noun-past-verb`. Metric names are `envigate_<noun>_<unit>[_total]`. Labels
 * are bounded: a station or account code may be one, a file name never.
 */
export type Level = 'debug' | 'info' | 'warn' | 'error';

export interface EventDefinition<P extends object> {
  readonly level: Level;
  /** The log line's text, without the values: those are fields. */
  readonly message: string;
  /** Who did what, for whoever must prove it later: the log line carries `audit: true`. */
  readonly audit?: true;
  readonly counters?: readonly CounterDefinition<P>[];
  readonly histograms?: readonly HistogramDefinition<P>[];
}

export interface CounterDefinition<P extends object> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly (keyof P & string)[];
  /** What is added; default 1. */
  readonly by?: (payload: P) => number;
}

export interface HistogramDefinition<P extends object> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly (keyof P & string)[];
  readonly buckets: readonly number[];
  /** What is observed; undefined observes nothing. */
  readonly value: (payload: P) => number | undefined;
}

/** A value that is read when metrics are scraped; with labels, a family of them. */
export interface GaugeDefinition<L extends string = never> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly L[];
}

/** What a part declares as `gauges` beside its events; the reference shows both. */
export type Gauges = Readonly<Record<string, GaugeDefinition<string>>>;

/** Declares one event; the type parameter is what emit must be given. */
export function event<P extends object = object>(
  definition: EventDefinition<P>,
): EventDefinition<P> {
  return definition;
}

/** Definitions of whatever payload; Emit gives each event its own again. */
export type Events = Readonly<Record<string, EventDefinition<never>>>;

export type PayloadOf<D> = D extends EventDefinition<infer P> ? P : never;
export type Emit<E extends Events> = <K extends keyof E & string>(
  name: K,
  payload: PayloadOf<E[K]>,
) => void;

/** Moves one metric by an event's payload. */
type Move = (values: Record<string, unknown>) => void;

/** Seconds from 1 ms to 10 min: for everything from an fsync to a delivery. */
export const latencyBuckets = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 600,
] as const;

/** A gauge that takes longer is left out of the scrape; Prometheus gives the whole scrape 10 s. */
const gaugeTimeoutMs = 2_000;

export interface TelemetryOptions {
  /** Adds CPU, memory and event-loop figures of the process. */
  readonly processMetrics?: boolean;
  /** For gauges that fail; without it they are only counted. */
  readonly logger?: Logger;
}

export class Telemetry {
  readonly registry = new Registry();
  readonly #counters = new Map<string, SummedCounter>();
  readonly #histograms = new Map<string, Histogram>();
  readonly #gaugeFailures: Counter;
  readonly #logger: Logger | undefined;

  constructor({ processMetrics = false, logger }: TelemetryOptions = {}) {
    this.#logger = logger;
    if (processMetrics) collectDefaultMetrics({ register: this.registry });
    this.#gaugeFailures = new Counter({
      name: 'envigate_gauge_failures_total',
      help: 'Scrapes that a gauge was left out of, because its source failed or took longer than 2 s.',
      labelNames: ['gauge'],
      registers: [this.registry],
    });
  }

  /** Binds a catalogue to a logger; its metrics exist from now on, at 0. */
  emitter<E extends Events>(events: E, logger: Logger): Emit<E> {
    const metrics = new Map(
      Object.entries(events).map(([name, definition]) => [name, this.#metricsOf(definition)]),
    );
    return (name, payload) => {
      const definition = events[name];
      if (definition === undefined) throw new Error(`no event ${name}`);
      const values = payload as Record<string, unknown>;
      for (const move of metrics.get(name) ?? []) move(values);
      if (logger.isLevelEnabled(definition.level)) {
        const mark = definition.audit === true ? { audit: true } : {};
        logger[definition.level]({ event: name, ...mark, ...values }, definition.message);
      }
    };
  }

  gauge(definition: GaugeDefinition, read: () => number | Promise<number>): void {
    this.gauges(definition, async () => [{ labels: {}, value: await read() }]);
  }

  /**
   * Each scrape shows only what was read for it. Where `read` fails or does not answer in time, the
   * family is absent from that scrape and the failure is counted: one source that is away never costs
   * the other metrics.
   */
  gauges<L extends string>(
    { name, help, labels = [] }: GaugeDefinition<L>,
    read: () => Promise<readonly { labels: Record<L, string>; value: number }[]>,
  ): void {
    const failures = this.#gaugeFailures.labels(name);
    failures.inc(0);
    const logger = this.#logger;
    // A source that hangs is not asked again by each scrape.
    const readOnce = sharedRead(read);
    let isFailing = false;
    const gauge = new Gauge({
      name,
      help,
      labelNames: [...labels],
      registers: [this.registry],
      async collect() {
        try {
          const rows = await withDeadline(readOnce(), gaugeTimeoutMs, name, () => undefined);
          clear();
          for (const row of rows) this.set(row.labels, row.value);
          if (isFailing)
            logger?.info({ event: 'gauge-recovered', gauge: name }, 'the gauge is read again');
          isFailing = false;
        } catch (error) {
          clear();
          failures.inc();
          if (!isFailing)
            logger?.warn(
              { event: 'gauge-failed', gauge: name, error: messageOf(error) },
              'a gauge cannot be read and is left out of the metrics',
            );
          isFailing = true;
        }
      },
    });
    const clear = (): void => {
      gauge.reset();
      // prom-client resets a gauge without labels to 0, which would look like a measured value.
      if (labels.length === 0) gauge.remove();
    };
  }

  /** The present value of a gauge without labels; undefined where this process has none of that name. */
  async value(name: string): Promise<number | undefined> {
    const metric = await this.registry.getSingleMetric(name)?.get();
    return metric?.values[0]?.value;
  }

  /** The Prometheus text exposition. */
  metrics(): Promise<string> {
    return this.registry.metrics();
  }

  /** Events come several to a file, so what they move is looked up once. */
  #metricsOf(definition: EventDefinition<never>): readonly Move[] {
    const counters = (definition.counters ?? []).map((counted): Move => {
      const counter = this.#counter(counted);
      return (values) => {
        const by = counted.by?.(values as never) ?? 1;
        if (by > 0) counter.add(values, by);
      };
    });
    const histograms = (definition.histograms ?? []).map((observed): Move => {
      const histogram = this.#histogram(observed);
      return (values) => {
        const value = observed.value(values as never);
        if (value !== undefined) histogram.observe(pick(values, observed.labels), value);
      };
    });
    return [...counters, ...histograms];
  }

  // The catalogue's generics end here: prom-client knows labels only as strings.
  #counter(definition: CounterDefinition<never>): SummedCounter {
    let counter = this.#counters.get(definition.name);
    if (counter === undefined) {
      counter = new SummedCounter(definition, this.registry);
      this.#counters.set(definition.name, counter);
    }
    return counter;
  }

  #histogram(definition: HistogramDefinition<never>): Histogram {
    let histogram = this.#histograms.get(definition.name);
    if (histogram === undefined) {
      histogram = new Histogram({
        name: definition.name,
        help: definition.help,
        labelNames: [...(definition.labels ?? [])],
        buckets: [...definition.buckets],
        registers: [this.registry],
      });
      this.#histograms.set(definition.name, histogram);
    }
    return histogram;
  }
}

interface Sum {
  readonly labels: Record<string, string>;
  value: number;
}

/**
 * A counter that is summed up here, and moved when it is read: several are moved for each file, and
 * prom-client takes several times as long for it. Holds one sum for each set of labels, as prom-client does.
 */
class SummedCounter {
  readonly #labels: readonly string[];
  readonly #sums = new Map<string, Sum>();

  constructor(
    { name, help, labels = [] }: Pick<CounterDefinition<never>, 'name' | 'help' | 'labels'>,
    registry: Registry,
  ) {
    this.#labels = labels;
    const sums = this.#sums;
    new Counter({
      name,
      help,
      labelNames: [...labels],
      registers: [registry],
      collect() {
        for (const sum of sums.values()) {
          if (sum.value > 0) this.inc(sum.labels, sum.value);
          sum.value = 0;
        }
      },
    });
  }

  add(values: Record<string, unknown>, by: number): void {
    let key = '';
    for (const label of this.#labels) key += `${String(values[label])}\0`;
    const sum = this.#sums.get(key);
    if (sum === undefined) this.#sums.set(key, { labels: pick(values, this.#labels), value: by });
    else sum.value += by;
  }
}

/** Callers that ask while `read` is under way share its answer: gauges of one scrape ask once. */
export function sharedRead<T>(read: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return () => {
    underWay ??= (async () => read())().finally(() => (underWay = undefined));
    return underWay;
  };
}

/** An answer serves so many times as long as it took to read: reading takes a hundredth of the time. */
const servesTimes = 100;

/**
 * The same for what may be costly to read: an answer serves the longer the longer it took, at most for `maxAgeMs`, and
 * then once more for whoever makes it be read again, who need not wait. A source that fails is not hidden: its last
 * answer is forgotten.
 */
export function cachedRead<T>(
  read: () => Promise<T>,
  maxAgeMs: number,
  now: () => number = () => performance.now(),
): () => Promise<T> {
  let cached: { readonly value: T; readonly readAt: number; readonly servesMs: number } | undefined;
  const renew = sharedRead(async () => {
    const begunAt = now();
    try {
      const value = await read();
      const readAt = now();
      cached = { value, readAt, servesMs: Math.min(servesTimes * (readAt - begunAt), maxAgeMs) };
      return value;
    } catch (error) {
      cached = undefined;
      throw error;
    }
  });
  return async () => {
    if (cached === undefined) return renew();
    const { value, readAt, servesMs } = cached;
    const ageMs = now() - readAt;
    // Whoever has not asked for long gets nothing that old.
    if (ageMs > 2 * servesMs) return renew();
    if (ageMs > servesMs) void renew().catch(() => undefined);
    return value;
  };
}

function pick(
  values: Record<string, unknown>,
  labels: readonly string[] | undefined,
): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const label of labels ?? []) picked[label] = String(values[label]);
  return picked;
}
