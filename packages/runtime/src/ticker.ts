import { schedule, type ScheduledTask } from 'node-cron';
import type { Logger } from './logger.ts';
import type { Component } from './component.ts';

/**
 * Calls a function again and again. Nothing may depend on a tick having happened: the work
 * computes from data time and catches up by itself, so a missed or late tick costs only delay.
 */
export interface TickerOptions {
  readonly name: string;
  readonly everySeconds: number;
  readonly logger: Logger;
  /** A rejection is logged and the next tick tries again. Ticks never overlap. */
  readonly work: () => Promise<void>;
}

export function ticker(options: TickerOptions): Component<void> {
  return {
    name: `ticker ${options.name}`,
    async start() {
      let running: Promise<void> | undefined;
      const tick = (): void => {
        running ??= options
          .work()
          .catch((error: unknown) =>
            options.logger.warn({ err: error, ticker: options.name }, 'tick failed'),
          )
          .finally(() => (running = undefined));
      };
      const stopTimer = startTimer(options.everySeconds, tick);
      tick();
      return {
        value: undefined,
        async stop() {
          stopTimer();
          await running;
        },
      };
    },
  };
}

function startTimer(everySeconds: number, tick: () => void): () => void {
  const pattern = cronPattern(everySeconds);
  if (pattern === undefined) {
    const timer = setInterval(tick, everySeconds * 1000);
    return () => clearInterval(timer);
  }
  const task: ScheduledTask = schedule(pattern, tick, { timezone: 'UTC', noOverlap: true });
  return () => void task.destroy();
}

/** Periods that a clock face divides evenly are aligned to it (…:00, …:30); others simply repeat. */
export function cronPattern(everySeconds: number): string | undefined {
  if (Number.isInteger(everySeconds) && everySeconds < 60 && 60 % everySeconds === 0)
    return `*/${everySeconds} * * * * *`;
  const minutes = everySeconds / 60;
  if (Number.isInteger(minutes) && minutes < 60 && 60 % minutes === 0)
    return `0 */${minutes} * * * *`;
  return undefined;
}
