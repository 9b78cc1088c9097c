import { describe, expect, test } from '@jest/globals';
import { DatabaseError } from '../connection/session.ts';
import { Pace } from './pace.ts';

const timedOut = (): DatabaseError =>
  new DatabaseError('canceling statement due to statement timeout', {
    ...{ code: '57014', retryable: true, connectionLost: false },
  });

describe('the rows of a piece', () => {
  test('grow while pieces are quick, up to the most', async () => {
    const pace = new Pace({ first: 100, max: 350 });
    const sizes: number[] = [];
    for (let piece = 0; piece < 4; piece++)
      await pace.run(async (rows) => {
        sizes.push(rows);
      });
    expect(sizes).toEqual([100, 200, 350, 350]);
  });

  test('are a quarter where the piece ran into the time limit, until it does not', async () => {
    const pace = new Pace({ first: 1_600, min: 10 });
    const sizes: number[] = [];
    const result = await pace.run(async (rows) => {
      sizes.push(rows);
      if (rows > 100) throw timedOut();
      return 'done';
    });
    expect({ sizes, result }).toEqual({ sizes: [1_600, 400, 100], result: 'done' });
  });

  test('are not made fewer for ever, nor for another failure', async () => {
    const pace = new Pace({ first: 40, min: 10 });
    const sizes: number[] = [];
    const failing = pace.run(async (rows) => {
      sizes.push(rows);
      throw timedOut();
    });
    await expect(failing).rejects.toThrow('statement timeout');
    expect(sizes).toEqual([40, 10]);
    await expect(pace.run(() => Promise.reject(new Error('other')))).rejects.toThrow('other');
  });
});
