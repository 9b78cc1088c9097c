import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import { Telemetry, event, cachedRead, sharedRead } from './telemetry.ts';

afterEach(() => {
  jest.useRealTimers();
});

describe('gauges', () => {
  it('leave a gauge whose source fails out of the scrape, count it, and show all others', async () => {
    const telemetry = new Telemetry();
    telemetry.gauge({ name: 'test_depth', help: 'Depth.' }, () => 7);
    telemetry.gauge({ name: 'test_lag', help: 'Lag.' }, () =>
      Promise.reject(new Error('database is away')),
    );
    telemetry.gauges({ name: 'test_due', help: 'Due.', labels: ['target'] }, () => {
      throw new Error('no such folder');
    });

    await telemetry.metrics();
    const text = await telemetry.metrics();

    expect(samples(text, 'test_depth')).toEqual(['test_depth 7']);
    expect(samples(text, 'test_lag')).toEqual([]);
    expect(samples(text, 'test_due')).toEqual([]);
    // Those of the scrape itself are shown by the next one.
    expect(samples(text, 'envigate_gauge_failures_total')).toEqual([
      'envigate_gauge_failures_total{gauge="test_depth"} 0',
      'envigate_gauge_failures_total{gauge="test_lag"} 1',
      'envigate_gauge_failures_total{gauge="test_due"} 1',
    ]);
  });

  it('drop the last value of a source that fails later, and show it again once it answers', async () => {
    const telemetry = new Telemetry();
    let isAway = false;
    telemetry.gauge({ name: 'test_gaps', help: 'Gaps.' }, () => {
      if (isAway) throw new Error('away');
      return 3;
    });
    telemetry.gauges({ name: 'test_offsets', help: 'Offsets.', labels: ['station'] }, async () => {
      if (isAway) throw new Error('away');
      return [{ labels: { station: 'S1' }, value: 1 }];
    });
    expect(samples(await telemetry.metrics(), 'test_')).toHaveLength(2);

    isAway = true;
    expect(samples(await telemetry.metrics(), 'test_')).toEqual([]);

    isAway = false;
    expect(samples(await telemetry.metrics(), 'test_')).toEqual([
      'test_gaps 3',
      'test_offsets{station="S1"} 1',
    ]);
  });

  it('give up a source that does not answer in time, and do not ask it a second time meanwhile', async () => {
    jest.useFakeTimers();
    const telemetry = new Telemetry();
    let calls = 0;
    telemetry.gauge({ name: 'test_slow', help: 'Slow.' }, () => {
      calls += 1;
      return new Promise<number>(() => undefined);
    });
    for (let scrape = 1; scrape <= 3; scrape += 1) {
      const metrics = telemetry.metrics();
      await jest.advanceTimersByTimeAsync(2_000);
      expect(samples(await metrics, 'test_slow')).toEqual([]);
    }
    expect(calls).toBe(1);
  });

  it('log the first failure in a row and the recovery, not each scrape', async () => {
    const lines: Record<string, unknown>[] = [];
    const logger = pino(
      { level: 'debug' },
      { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
    );
    const telemetry = new Telemetry({ logger });
    let isAway = true;
    telemetry.gauge({ name: 'test_lag', help: 'Lag.' }, () => {
      if (isAway) throw new Error('database is away');
      return 1;
    });
    await telemetry.metrics();
    await telemetry.metrics();
    isAway = false;
    await telemetry.metrics();
    await telemetry.metrics();
    expect(lines.map(({ event: name, gauge, error }) => ({ name, gauge, error }))).toEqual([
      { name: 'gauge-failed', gauge: 'test_lag', error: 'database is away' },
      { name: 'gauge-recovered', gauge: 'test_lag', error: undefined },
    ]);
  });
});

describe('sharedRead', () => {
  it('asks the source once for all who ask while it answers', async () => {
    let calls = 0;
    const read = sharedRead(async () => (calls += 1));
    expect(await Promise.all([read(), read(), read()])).toEqual([1, 1, 1]);
    expect(await read()).toBe(2);
  });

  it('rejects for all who wait, and asks again afterwards', async () => {
    let isAway = true;
    const read = sharedRead(async () => {
      if (isAway) throw new Error('away');
      return 'here';
    });
    const [first, second] = await Promise.allSettled([read(), read()]);
    expect([first?.status, second?.status]).toEqual(['rejected', 'rejected']);
    isAway = false;
    expect(await read()).toBe('here');
  });
});

describe('cachedRead', () => {
  let now: number;
  let reads: number;
  let takes: number;
  let isAway: boolean;
  let cached: () => Promise<number>;
  beforeEach(() => {
    [now, reads, takes, isAway] = [0, 0, 1, false];
    const read = async (): Promise<number> => {
      if (isAway) throw new Error('away');
      now += takes;
      return (reads += 1);
    };
    cached = cachedRead(read, 60, () => now);
  });

  it('answers from what it has, and has it read again beside that', async () => {
    expect([await cached(), await cached()]).toEqual([1, 1]);
    now += 60;
    expect(await cached()).toBe(1);
    now += 1;
    expect(await cached()).toBe(1);
    expect(await cached()).toBe(2);
    expect(reads).toBe(2);
  });

  it('waits for the source where what it has is too old', async () => {
    await cached();
    now += 121;
    expect(await cached()).toBe(2);
  });

  it('keeps what was read quickly for a hundred times as long only', async () => {
    takes = 0.1;
    await cached();
    now += 10;
    expect(await cached()).toBe(1);
    now += 11;
    expect(await cached()).toBe(2);
  });

  it('does not hide that the source fails', async () => {
    await cached();
    [now, isAway] = [now + 61, true];
    expect(await cached()).toBe(1);
    await expect(cached()).rejects.toThrow('away');
    isAway = false;
    expect(await cached()).toBe(2);
  });
});

describe('events', () => {
  it('write the log line and move the metrics together', async () => {
    const lines: Record<string, unknown>[] = [];
    const logger = pino(
      { level: 'info' },
      { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
    );
    const telemetry = new Telemetry();
    const emit = telemetry.emitter(
      {
        'file-taken': event<{ account: string; bytes: number }>({
          level: 'info',
          message: 'file taken',
          counters: [
            {
              name: 'test_bytes_total',
              help: 'Bytes.',
              labels: ['account'],
              by: ({ bytes }) => bytes,
            },
          ],
        }),
      },
      logger,
    );
    emit('file-taken', { account: 'a', bytes: 5 });
    emit('file-taken', { account: 'a', bytes: 6 });
    expect(lines.map(({ event: name, bytes, msg }) => ({ name, bytes, msg }))).toEqual([
      { name: 'file-taken', bytes: 5, msg: 'file taken' },
      { name: 'file-taken', bytes: 6, msg: 'file taken' },
    ]);
    expect(samples(await telemetry.metrics(), 'test_bytes_total')).toEqual([
      'test_bytes_total{account="a"} 11',
    ]);
  });

  it('count for each set of labels by itself, however often the metrics are read', async () => {
    const telemetry = new Telemetry();
    const counters = [
      { name: 'test_files_total', help: 'Files.', labels: ['door', 'to'] },
    ] as const;
    const events = {
      'file-taken': event<{ door: string; to: string }>({ level: 'debug', message: '', counters }),
      'file-seen': event({
        level: 'debug',
        message: '',
        counters: [{ name: 'test_all_total', help: 'All.' }],
      }),
    };
    const emit = telemetry.emitter(events, pino({ level: 'silent' }));
    const files = async (): Promise<string[]> =>
      samples(await telemetry.metrics(), 'test_').map((line) => line.replace('test_', ''));
    expect(await files()).toEqual(['all_total 0']);
    emit('file-taken', { door: 'ftp', to: 'a' });
    emit('file-taken', { door: 'ft', to: 'pa' });
    emit('file-seen', {});
    const once = ['files_total{door="ftp",to="a"} 1', 'files_total{door="ft",to="pa"} 1'];
    expect(await files()).toEqual([...once, 'all_total 1']);
    expect(await files()).toEqual([...once, 'all_total 1']);
    emit('file-taken', { door: 'ftp', to: 'a' });
    emit('file-seen', {});
    expect(await telemetry.value('test_all_total')).toBe(2);
    expect(await files()).toEqual(['files_total{door="ftp",to="a"} 2', once[1], 'all_total 2']);
  });
});

function samples(text: string, prefix: string): string[] {
  return text.split('\n').filter((line) => line.startsWith(prefix));
}
