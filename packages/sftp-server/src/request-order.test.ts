import { describe, expect, test } from '@jest/globals';
import { RequestOrder } from './request-order.ts';

/** Tasks that log their begin, and end only when the test says so. */
function bench(): {
  order: RequestOrder;
  log: string[];
  task: (name: string) => () => Promise<string>;
  end: (name: string) => Promise<void>;
} {
  const log: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    order: new RequestOrder(),
    log,
    task: (name) => () => {
      log.push(name);
      return new Promise((resolve) => ends.set(name, () => resolve(name)));
    },
    end: async (name) => {
      ends.get(name)?.();
      await new Promise(setImmediate);
    },
  };
}

describe('RequestOrder', () => {
  test('different paths go on at the same time, the same path in order', async () => {
    const { order, log, task, end } = bench();
    void order.onPath('/a', task('a1'));
    void order.onPath('/b', task('b1'));
    void order.onPath('/a', task('a2'));
    expect(log).toEqual(['a1', 'b1']);
    await end('a1');
    expect(log).toEqual(['a1', 'b1', 'a2']);
  });

  test('what is alone waits for all before it, and all after it wait', async () => {
    const { order, log, task, end } = bench();
    void order.onPath('/a', task('a1'));
    void order.onPath('/b', task('b1'));
    void order.alone(task('rename'));
    void order.onPath('/a', task('a2'));
    void order.onPath('/c', task('c1'));
    await end('a1');
    expect(log).toEqual(['a1', 'b1']);
    await end('b1');
    expect(log).toEqual(['a1', 'b1', 'rename']);
    await end('rename');
    expect(log).toEqual(['a1', 'b1', 'rename', 'a2', 'c1']);
  });

  test('a failure rejects for its caller and delays nobody else', async () => {
    const order = new RequestOrder();
    const failing = order.alone(() => Promise.reject(new Error('no')));
    const next = order.onPath('/a', () => Promise.resolve('done'));
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('done');
  });

  test('settled waits for what was asked before', async () => {
    const { order, task, end } = bench();
    void order.onPath('/a', task('a1'));
    let settled = false;
    void order.settled().then(() => (settled = true));
    await new Promise(setImmediate);
    expect(settled).toBe(false);
    await end('a1');
    expect(settled).toBe(true);
  });
});
