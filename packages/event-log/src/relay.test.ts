import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { streams, type OutgoingRecord, type Running } from './port.ts';
import { relayOutbox, type RelayOptions } from './relay.ts';
import { MemoryEventLog } from './testing/memory-event-log.ts';
import { MemoryOutbox } from './testing/memory-outbox.ts';

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

/** A log that fails around its commits, as a broker does: one fault for each append, then none. */
function faultyLog(...faults: ('before' | 'after')[]): MemoryEventLog {
  const log = new MemoryEventLog();
  let fault: 'before' | 'after' | undefined;
  log.beforeCommit = async () => {
    fault = faults.shift();
    if (fault === 'before') throw away('broker away');
  };
  log.afterCommit = async () => {
    if (fault === 'after') throw away('answer lost');
  };
  return log;
}

const write = (outbox: MemoryOutbox, ...ids: readonly string[]): void =>
  outbox.write(...ids.map(event));

const idsOf = (log: MemoryEventLog): string[] => log.published.map(({ id }) => id);

const running: Running[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((relay) => relay.stop()));
});

function relay(log: MemoryEventLog, outbox: MemoryOutbox, more: Partial<RelayOptions> = {}) {
  const started = relayOutbox({
    ...{ log, feed: 'outbox:gaps', outbox: outbox.reader() },
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
    const log = new MemoryEventLog();
    const outbox = new MemoryOutbox();
    write(outbox, '1', '2', '3');
    const sizes: number[] = [];
    relay(log, outbox, { maxBatchRecords: 2, onRelayed: (records) => sizes.push(records) });
    await until(() => log.published.length === 3 && outbox.isEmpty);
    write(outbox, '4');
    await until(() => log.published.length === 4);
    expect(idsOf(log)).toEqual(['1', '2', '3', '4']);
    expect(sizes).toEqual([2, 1, 1]);
  });

  test('publishes each event once, wherever appending fails', async () => {
    const faults = fc.array(fc.constantFrom<'before' | 'after'>('before', 'after'), {
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(faults, fc.integer({ min: 1, max: 4 }), async (given, maxBatchRecords) => {
        const log = faultyLog(...given);
        const outbox = new MemoryOutbox();
        const ids = Array.from({ length: 9 }, (_, i) => String(i));
        write(outbox, ...ids);
        const errors: unknown[] = [];
        const started = relay(log, outbox, {
          ...{ maxBatchRecords, maxRetryMs: 2, onError: (error) => errors.push(error) },
        });
        await until(() => log.published.length === 9);
        await started.stop();
        expect(idsOf(log)).toEqual(ids);
      }),
      { numRuns: 30 },
    );
  });

  test('waits while another instance relays, and takes over when that one stops', async () => {
    const log = new MemoryEventLog();
    const outbox = new MemoryOutbox();
    const first = relay(log, outbox);
    write(outbox, '1');
    await until(() => log.published.length === 1);
    relay(log, outbox);
    write(outbox, '2');
    await until(() => log.published.length === 2);
    expect(log.opened).toBe(1);
    await first.stop();
    write(outbox, '3');
    await until(() => log.published.length === 3);
    expect(idsOf(log)).toEqual(['1', '2', '3']);
  });

  test('that was paused publishes nothing twice when it wakes behind its successor', async () => {
    const log = new MemoryEventLog();
    const outbox = new MemoryOutbox();
    write(outbox, '1');
    relay(log, outbox, { idleMs: 5 });
    await until(() => log.published.length === 1);
    // Its lease ran out while it slept: both believe to be the one.
    outbox.expireClaim();
    relay(log, outbox, { outbox: { ...outbox.reader(), claim: async () => true } });
    write(outbox, '2', '3');
    await until(() => log.published.length >= 3);
    write(outbox, '4');
    await until(() => log.published.length >= 4);
    expect(idsOf(log)).toEqual(['1', '2', '3', '4']);
  });

  test('fails with a fault that no further attempt would mend, and closes its feed', async () => {
    const log = new MemoryEventLog();
    const outbox = new MemoryOutbox();
    const fault = new TypeError('x is undefined');
    const errors: unknown[] = [];
    const reader = { ...outbox.reader(), read: () => Promise.reject(fault) };
    const started = relay(log, outbox, { outbox: reader, onError: (error) => errors.push(error) });
    await expect(started.failed).rejects.toBe(fault);
    expect(errors).toEqual([fault]);
    await started.stop();
  });
});
