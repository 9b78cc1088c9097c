import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { Alarm, Backoff, linkAbort, pause } from './waiting.ts';

const anHourMs = 3_600_000;

describe('pause', () => {
  test('ends at once when its signal is aborted, before or meanwhile', async () => {
    await pause(anHourMs, AbortSignal.abort());
    const stopping = new AbortController();
    const paused = pause(anHourMs, stopping.signal);
    stopping.abort(new Error('stopping'));
    await paused;
  });

  test('lasts as long as it is to', async () => {
    const begun = performance.now();
    await pause(30, new AbortController().signal);
    // Timers count whole milliseconds.
    expect(performance.now() - begun).toBeGreaterThanOrEqual(29);
  });
});

describe('Alarm', () => {
  test('ends a wait at once, also where it rang while nobody waited, and once for all such rings', async () => {
    const alarm = new Alarm();
    const waiting = alarm.wait(anHourMs);
    alarm.ring();
    await waiting;
    alarm.ring();
    alarm.ring();
    await alarm.wait(anHourMs);
    const begun = performance.now();
    await alarm.wait(30);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(29);
  });
});

describe('Backoff', () => {
  test('doubles to its limit, each time half to all of it, and begins anew after reset', () => {
    const backoff = new Backoff({ firstMs: 100, maxMs: 500 });
    const next = (): number => backoff.nextMs();
    for (const fullMs of [100, 200, 400, 500, 500]) {
      const waitMs = next();
      expect(waitMs).toBeGreaterThanOrEqual(fullMs / 2);
      expect(waitMs).toBeLessThanOrEqual(fullMs);
    }
    backoff.reset();
    expect(next()).toBeLessThanOrEqual(100);
  });

  test('waits are spread', () => {
    const waits = new Set(Array.from({ length: 20 }, () => new Backoff().nextMs()));
    expect(waits.size).toBeGreaterThan(10);
  });

  test('a wait ends with its signal', async () => {
    await new Backoff({ firstMs: anHourMs, maxMs: anHourMs }).wait(AbortSignal.abort());
  });
});

describe('a linked abort', () => {
  test('comes with the first of its signals, for its reason', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const { signal } = linkAbort(one.signal, other.signal);
    expect(signal.aborted).toBe(false);
    other.abort(new Error('second'));
    one.abort(new Error('first'));
    expect(signal.reason).toEqual(new Error('second'));
  });

  test('is there at once where a signal was aborted before', () => {
    expect(linkAbort(AbortSignal.abort('gone')).signal.reason).toBe('gone');
  });

  test('can be made by hand, which its signals do not notice', () => {
    const source = new AbortController();
    const linked = linkAbort(source.signal);
    linked.abort('enough');
    expect(linked.signal.reason).toBe('enough');
    expect(source.signal.aborted).toBe(false);
  });

  test('leaves nothing on its signals once it is released', () => {
    const source = new AbortController();
    const links = Array.from({ length: 100 }, () => linkAbort(source.signal));
    expect(getEventListeners(source.signal, 'abort')).toHaveLength(100);
    for (const link of links) link.release();
    expect(getEventListeners(source.signal, 'abort')).toHaveLength(0);
    source.abort();
    expect(links.some(({ signal }) => signal.aborted)).toBe(false);
  });
});
