import { schedule, validate } from 'node-cron';
import type { Component } from './lifecycle.ts';
import { messageOf, type Logger } from './logger.ts';

/**
 * Calls a function again and again. Nothing may depend on a tick having happened: the work
 * computes from data time and catches up by itself, so a missed or late tick costs only delay.
 */
export interface TickerOptions extends TickWork {
  readonly everySeconds: number;
}

/** The same by a cron expression, on Vietnam's clock (+07:00). */
export interface CronTickerOptions extends TickWork {
  /** Five fields, or six with seconds first. */
  readonly pattern: string;
}

export interface TickWork {
  readonly name: string;
  readonly logger: Logger;
  /** Ticks never overlap. */
  readonly work: () => Promise<void>;
}

/**
 * Ticks by a steady timer, which no change of the clock moves. A rejection that is `retryable` is
 * logged and the next tick tries again; any other is a fault that would repeat for ever unseen, so
 * it ends the component.
 */
export function ticker(options: TickerOptions): Component<void> {
  return repeated(options, 'fails', (tick) => {
    const timer = setInterval(tick, options.everySeconds * 1000);
    return () => clearInterval(timer);
  });
}

/** How often the wall clock is compared with the steady one, and by how much it must be off. */
const watchClockMs = 10_000;
const clockStepMs = 5_000;

/** When the process began, by the wall clock: changes only where that clock is set. */
function wallClockAhead(): number {
  // eslint-disable-next-line no-restricted-properties -- to see it step
  return Date.now() - performance.now();
}

/**
 * Ticks at the start too: a time that passed while nothing ran is made up for. Goes on after any
 * rejection, which is logged: these are errands of outside, each on its own. Its start rejects
 * where `isCronPattern` says no.
 */
export function cronTicker(options: CronTickerOptions): Component<void> {
  return repeated(options, 'goes on', (tick) => {
    let task = plan();
    let offset = wallClockAhead();
    // The next time was reckoned by a clock that has been put right since: it may be years away.
    const watch = setInterval(() => {
      const now = wallClockAhead();
      if (Math.abs(now - offset) > clockStepMs) {
        void task.destroy();
        task = plan();
        tick();
      }
      offset = now;
    }, watchClockMs);
    return () => {
      clearInterval(watch);
      void task.destroy();
    };

    function plan() {
      const planned = schedule(options.pattern, tick, { timezone: vietnam });
      // The process slept or was busy: late is better than left out.
      planned.on('execution:missed', tick);
      return planned;
    }
  });
}

export function isCronPattern(pattern: string): boolean {
  return validate(pattern);
}

/** +07:00 all year; the sign in the name is POSIX's. */
const vietnam = 'Etc/GMT-7';

function repeated(
  { name, logger, work }: TickWork,
  onFault: 'fails' | 'goes on',
  startTicks: (tick: () => void) => () => void,
): Component<void> {
  return {
    name: `ticker ${name}`,
    async start() {
      let fail: (error: Error) => void = () => undefined;
      const failed = new Promise<never>((_, reject) => (fail = reject));
      failed.catch(() => undefined); // whoever runs this listens too
      let running: Promise<void> | undefined;
      const tick = (): void => {
        running ??= work()
          .catch((error: unknown) => {
            if (onFault === 'goes on' || (error as { retryable?: unknown }).retryable === true)
              logger.warn({ err: error, ticker: name }, 'tick failed; the next one tries again');
            else fail(new Error(`${name} failed: ${messageOf(error)}`, { cause: error }));
          })
          .finally(() => (running = undefined));
      };
      const stopTicks = startTicks(tick);
      tick();
      return {
        value: undefined,
        failed,
        async stop() {
          stopTicks();
          await running;
        },
      };
    },
  };
}
