import { describe, expect, test } from '@jest/globals';
import { recordPatiently } from './record-patiently.ts';

/** Fails so often, then answers 'recorded'. */
function failing(times: number, retryable: boolean) {
  const attempt = { calls: 0, retried: 0 };
  const record = async (): Promise<string> => {
    attempt.calls += 1;
    if (attempt.calls > times) return 'recorded';
    throw Object.assign(new Error(`failure ${attempt.calls}`), { retryable });
  };
  const run = () => recordPatiently(record, () => (attempt.retried += 1), 1);
  return { attempt, run };
}

describe('what was done outside', () => {
  test('is recorded by the tenth attempt at the latest', async () => {
    const { attempt, run } = failing(9, true);
    expect(await run()).toBe('recorded');
    expect(attempt).toEqual({ calls: 10, retried: 9 });
  });

  test('is given up with the failure of the tenth', async () => {
    const { attempt, run } = failing(10, true);
    await expect(run()).rejects.toThrow('failure 10');
    expect(attempt).toEqual({ calls: 10, retried: 9 });
  });

  test('is not tried again where that changes nothing', async () => {
    const { attempt, run } = failing(1, false);
    await expect(run()).rejects.toThrow('failure 1');
    expect(attempt).toEqual({ calls: 1, retried: 0 });
  });
});
