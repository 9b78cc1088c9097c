import { describe, expect, test } from '@jest/globals';
import { FencedError, type DrainBatch, type DrainSink, type StoredRecord } from './port.ts';
import { oneByOne, commitWithRetry } from './drain.ts';

const partition = { log: 'log', stream: 'station.readings', partition: 0 } as const;
const record = (offset: number): StoredRecord => ({
  ...partition,
  offset,
  key: 'k',
  id: `r${offset}`,
  value: new Uint8Array(),
});
/** Offsets with holes, as transactions leave them. */
const batch: DrainBatch = {
  partition,
  records: [record(10), record(12), record(15)],
  from: 9,
  to: 17,
};

class FakeSink implements DrainSink {
  readonly commits: DrainBatch[] = [];
  readonly rejects: { batch: DrainBatch; error: unknown }[] = [];
  readonly attempts: string[] = [];
  held = 9;
  fail: (batch: DrainBatch, attempt: number) => unknown = () => undefined;

  position(): Promise<number> {
    return Promise.resolve(this.held);
  }

  commit(part: DrainBatch): Promise<void> {
    const name = part.records.map(({ id }) => id).join();
    this.attempts.push(name);
    const error = this.fail(part, this.attempts.filter((each) => each === name).length);
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- sinks may throw anything
    if (error !== undefined) return Promise.reject(error);
    this.#move(part);
    this.commits.push(part);
    return Promise.resolve();
  }

  reject(part: DrainBatch, error: unknown): Promise<void> {
    this.#move(part);
    this.rejects.push({ batch: part, error });
    return Promise.resolve();
  }

  #move({ from, to }: DrainBatch): void {
    if (from !== this.held) throw new FencedError('the sink');
    this.held = to;
  }
}

const passing = (message: string): Error => Object.assign(new Error(message), { retryable: true });
const options = { signal: new AbortController().signal, backoff: { firstMs: 1, maxMs: 2 } };
const has = (part: DrainBatch, offset: number): boolean =>
  part.records.some((each) => each.offset === offset);

describe('commitWithRetry', () => {
  test('commits the batch as a whole', async () => {
    const sink = new FakeSink();
    await commitWithRetry(batch, sink, options);
    expect(sink.commits).toEqual([batch]);
    expect(sink.held).toBe(17);
  });

  test('tries a passing fault again, as often as it takes, and rejects nothing', async () => {
    const sink = new FakeSink();
    sink.fail = (_, attempt) => (attempt <= 20 ? passing('database away') : undefined);
    await commitWithRetry(batch, sink, options);
    expect(sink.attempts).toHaveLength(21);
    expect(sink.commits).toEqual([batch]);
    expect(sink.rejects).toEqual([]);
  });

  test('rejects the one bad record after three attempts alone; the others are stored', async () => {
    const sink = new FakeSink();
    const bad = new Error('check constraint');
    sink.fail = (part) => (has(part, 12) ? bad : undefined);
    await commitWithRetry(batch, sink, options);
    expect(sink.commits.map(({ records }) => records[0]?.offset)).toEqual([10, 15]);
    expect(sink.attempts).toEqual(['r10,r12,r15', 'r10', 'r12', 'r12', 'r12', 'r15']);
    expect(sink.rejects).toEqual([
      { batch: { partition, records: [record(12)], from: 11, to: 13 }, error: bad },
    ]);
    expect(sink.held).toBe(17);
  });

  test('does not count passing faults as refusals of a record', async () => {
    const sink = new FakeSink();
    sink.fail = (part, attempt) => {
      if (part.records.length > 1) return new Error('bad batch');
      return attempt <= 5 ? passing('deadlock') : undefined;
    };
    await commitWithRetry(batch, sink, options);
    expect(sink.rejects).toEqual([]);
    expect(sink.commits).toHaveLength(3);
  });

  test('leaves a fenced batch to the owner', async () => {
    const sink = new FakeSink();
    sink.held = 50;
    sink.fail = () => new FencedError('the sink');
    await expect(commitWithRetry(batch, sink, options)).rejects.toBeInstanceOf(FencedError);
    expect(sink.attempts).toHaveLength(1);
  });

  test('stops waiting when asked to', async () => {
    const sink = new FakeSink();
    const stop = new AbortController();
    sink.fail = () => passing('database away');
    const settled = commitWithRetry(batch, sink, {
      ...options,
      signal: stop.signal,
      backoff: { firstMs: 60_000, maxMs: 60_000 },
      onRetry: () => stop.abort(new Error('stopping')),
    });
    await expect(settled).rejects.toThrow('stopping');
    expect(sink.held).toBe(9);
  });

  test('goes on with a reject that met a passing fault', async () => {
    const sink = new FakeSink();
    sink.fail = () => new Error('bad');
    const reject = sink.reject.bind(sink);
    let attempts = 0;
    sink.reject = (part, error) => {
      attempts += 1;
      return attempts < 3 ? Promise.reject(passing('away')) : reject(part, error);
    };
    await commitWithRetry({ ...batch, records: [record(10)], to: 11 }, sink, options);
    expect(sink.rejects).toHaveLength(1);
    expect(sink.held).toBe(11);
  });
});

test('oneByOne moves the position as the whole batch would', () => {
  expect([...oneByOne(batch)].map(({ from, to }) => [from, to])).toEqual([
    [9, 11],
    [11, 13],
    [13, 17],
  ]);
});
