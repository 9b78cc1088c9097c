import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FencedError, streams, type Feed, type OutgoingRecord, type Running } from './port.ts';
import { relayOutbox, type OutboxReader, type OutboxRecord, type RelayOptions } from './relay.ts';

const event = (id: string): OutgoingRecord => ({
  stream: streams.gaps,
  key: 'k',
  id,
  value: Buffer.from(id),
});

/** As the adapters report it. */
function away(what: string): Error {
  return Object.assign(new Error(what), { retryable: true });
}

/** A log of one feed that may fail around its commit, as a broker does. */
class FakeLog {
  readonly published: string[] = [];
  position = 0;
  epoch = 0;
  readonly faults: ('before' | 'after')[] = [];

  async openFeed(): Promise<Feed> {
    const epoch = ++this.epoch;
    return {
      position: this.position,
      append: async (records, position) => {
        if (epoch !== this.epoch) throw new FencedError('feed');
        const fault = this.faults.shift();
        if (fault === 'before') throw away('broker away');
        this.published.push(...records.map((record) => record.id));
        this.position = position;
        if (fault === 'after') throw away('answer lost');
      },
      close: async () => undefined,
    };
  }
}

/** Rows as in the database: numbered on reading, gone when forgotten. */
class FakeOutbox {
  rows: { record: OutgoingRecord; sequence?: number }[] = [];
  last = 0;
  holder: string | undefined;

  write(...ids: string[]): void {
    this.rows.push(...ids.map((id) => ({ record: event(id) })));
  }

  reader(holder: string): OutboxReader {
    return {
      claim: async () => (this.holder ??= holder) === holder,
      read: async (position, limit) => {
        this.last = Math.max(this.last, position);
        for (const row of this.rows) row.sequence ??= ++this.last;
        return this.rows
          .filter((row): row is OutboxRecord => row.sequence! > position)
          .slice(0, limit);
      },
      forget: async (position) => {
        this.rows = this.rows.filter(
          (row) => row.sequence === undefined || row.sequence > position,
        );
      },
      release: async () => {
        if (this.holder === holder) this.holder = undefined;
      },
    };
  }
}

const running: Running[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((relay) => relay.stop()));
});

function relay(log: FakeLog, outbox: FakeOutbox, more: Partial<RelayOptions> = {}, name = 'a') {
  const started = relayOutbox({
    ...{ log, feed: 'outbox:gaps', outbox: outbox.reader(name) },
    ...{ idleMs: 1, firstRetryMs: 1, ...more },
  });
  running.push(started);
  return started;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe('a relay', () => {
  test('publishes in order, in batches, and forgets what is published', async () => {
    const log = new FakeLog();
    const outbox = new FakeOutbox();
    outbox.write('1', '2', '3');
    const sizes: number[] = [];
    relay(log, outbox, { maxBatchRecords: 2, onRelayed: (records) => sizes.push(records) });
    await until(() => log.published.length === 3 && outbox.rows.length === 0);
    outbox.write('4');
    await until(() => log.published.length === 4);
    expect(log.published).toEqual(['1', '2', '3', '4']);
    expect(sizes).toEqual([2, 1, 1]);
  });

  test('publishes each event once, wherever appending fails', async () => {
    const faults = fc.array(fc.constantFrom<'before' | 'after'>('before', 'after'), {
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(faults, fc.integer({ min: 1, max: 4 }), async (given, maxBatchRecords) => {
        const log = new FakeLog();
        log.faults.push(...given);
        const outbox = new FakeOutbox();
        const ids = Array.from({ length: 9 }, (_, i) => String(i));
        outbox.write(...ids);
        const errors: unknown[] = [];
        const started = relay(log, outbox, {
          ...{ maxBatchRecords, maxRetryMs: 2, onError: (error) => errors.push(error) },
        });
        await until(() => log.position === 9);
        await started.stop();
        expect(log.published).toEqual(ids);
      }),
      { numRuns: 30 },
    );
  });

  test('waits while another instance relays, and takes over when that one stops', async () => {
    const log = new FakeLog();
    const outbox = new FakeOutbox();
    const first = relay(log, outbox, {}, 'a');
    outbox.write('1');
    await until(() => log.published.length === 1);
    relay(log, outbox, {}, 'b');
    outbox.write('2');
    await until(() => log.published.length === 2);
    expect(log.epoch).toBe(1);
    await first.stop();
    outbox.write('3');
    await until(() => log.published.length === 3);
    expect(log.published).toEqual(['1', '2', '3']);
  });

  test('that was paused publishes nothing twice when it wakes behind its successor', async () => {
    const log = new FakeLog();
    const outbox = new FakeOutbox();
    outbox.write('1');
    relay(log, outbox, { idleMs: 5 }, 'a');
    await until(() => log.published.length === 1);
    // Its lease ran out while it slept: both believe to be the one.
    outbox.holder = undefined;
    const claims = outbox.reader('b');
    relay(log, outbox, { outbox: { ...claims, claim: async () => true } }, 'b');
    outbox.write('2', '3');
    await until(() => log.published.length >= 3);
    outbox.write('4');
    await until(() => log.published.length >= 4);
    expect(log.published).toEqual(['1', '2', '3', '4']);
  });

  test('fails with a fault that no further attempt would mend, and closes its feed', async () => {
    const log = new FakeLog();
    const outbox = new FakeOutbox();
    const fault = new TypeError('x is undefined');
    const errors: unknown[] = [];
    const reader = { ...outbox.reader('a'), read: () => Promise.reject(fault) };
    const started = relay(log, outbox, { outbox: reader, onError: (error) => errors.push(error) });
    await expect(started.failed).rejects.toBe(fault);
    expect(errors).toEqual([fault]);
    await started.stop();
  });
});
