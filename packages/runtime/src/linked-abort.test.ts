import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { linkAbort } from './linked-abort.ts';

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
