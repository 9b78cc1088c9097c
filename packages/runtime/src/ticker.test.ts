import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { silentLogger } from './logger.ts';
import { cronTicker, isCronPattern, ticker } from './ticker.ts';

describe('cronTicker', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: Date.parse('2026-01-01T18:59:00Z') });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const begin = async (pattern: string, work: () => Promise<void>) =>
    cronTicker({ name: 'test', pattern, logger: silentLogger(), work }).start();

  test('ticks at the start and then by the clock at +07:00', async () => {
    const ticks: string[] = [];
    const started = await begin('0 2 * * *', async () => {
      ticks.push(new Date().toISOString());
    });
    await jest.advanceTimersByTimeAsync(25 * 3_600_000);
    expect(ticks.map((tick) => tick.slice(0, 16))).toEqual([
      '2026-01-01T18:59',
      '2026-01-01T19:00',
      '2026-01-02T19:00',
    ]);
    await started.stop();
    await jest.advanceTimersByTimeAsync(25 * 3_600_000);
    expect(ticks).toHaveLength(3);
  });

  test('makes up for a time that passed while the machine slept', async () => {
    let ticks = 0;
    const started = await begin('0 2 * * *', async () => void (ticks += 1));
    await jest.advanceTimersByTimeAsync(10_000);
    jest.setSystemTime(Date.parse('2026-01-02T03:00:00Z'));
    await jest.advanceTimersByTimeAsync(60_000);
    expect(ticks).toBe(2);
    await started.stop();
  });

  test.each([
    ['400 days ahead at the start', 400],
    ['400 days behind at the start', -400],
  ])('a clock that is %s and put right while it runs makes it miss no time', async (_, days) => {
    const right = Date.now();
    jest.setSystemTime(right + days * 24 * 3_600_000);
    const ticks: string[] = [];
    const started = await begin('0 2 * * *', async () => {
      ticks.push(new Date().toISOString());
    });
    await jest.advanceTimersByTimeAsync(1_000);
    jest.setSystemTime(right + 1_000);
    await jest.advanceTimersByTimeAsync(25 * 3_600_000);
    expect(ticks.slice(1).map((tick) => tick.slice(0, 16))).toEqual([
      '2026-01-01T18:59', // at once when it was seen
      '2026-01-01T19:00',
      '2026-01-02T19:00',
    ]);
    await started.stop();
  });

  test('never overlaps itself, and goes on after a failure', async () => {
    let [running, most, begun] = [0, 0, 0];
    const started = await begin('* * * * * *', async () => {
      begun += 1;
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 3_500));
      running -= 1;
      throw new Error('the site is down');
    });
    await jest.advanceTimersByTimeAsync(20_000);
    expect(most).toBe(1);
    expect(begun).toBe(6);
    const stopped = started.stop();
    await jest.advanceTimersByTimeAsync(5_000);
    await stopped;
    expect(running).toBe(0);
  });
});

describe('ticker', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const begin = (work: () => Promise<void>) =>
    ticker({ name: 'looks', everySeconds: 10, logger: silentLogger(), work }).start();

  test('ticks at the start and then in equal steps, wherever the clock is set', async () => {
    let ticks = 0;
    const started = await begin(async () => void (ticks += 1));
    await jest.advanceTimersByTimeAsync(20_000);
    jest.setSystemTime(Date.now() - 400 * 24 * 3_600_000);
    await jest.advanceTimersByTimeAsync(20_000);
    jest.setSystemTime(Date.now() + 400 * 24 * 3_600_000);
    await jest.advanceTimersByTimeAsync(20_000);
    expect(ticks).toBe(7);
    await started.stop();
  });

  test('tries again after a retryable error', async () => {
    let ticks = 0;
    const started = await begin(() => {
      ticks += 1;
      return Promise.reject(Object.assign(new Error('database is away'), { retryable: true }));
    });
    await jest.advanceTimersByTimeAsync(20_000);
    expect(ticks).toBe(3);
    await expect(Promise.race([started.failed, Promise.resolve('runs')])).resolves.toBe('runs');
    await started.stop();
  });

  test('fails with its name and cause on any other error, which would repeat for ever', async () => {
    const fault = new TypeError('x is undefined');
    const started = await begin(() => Promise.reject(fault));
    await expect(started.failed).rejects.toMatchObject({
      message: 'looks failed: x is undefined',
      cause: fault,
    });
    await started.stop();
  });
});

test.each([
  ['*/5 * * * *', true],
  ['0 2 * * mon-fri', true],
  ['every day', false],
  ['61 * * * *', false],
])('isCronPattern %s: %j', (pattern, expected) => expect(isCronPattern(pattern)).toBe(expected));
