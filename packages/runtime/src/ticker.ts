import { schedule, validate, type ScheduledTask } from 'node-cron';
import type { Logger } from './logger.ts';
import type { Component } from './component.ts';

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
  /** A rejection is logged and the next tick tries again. Ticks never overlap. */
  readonly work: () => Promise<void>;
}

export function ticker(options: TickerOptions): Component<void> {
  return repeated(options, (tick) => startTimer(options.everySeconds, tick));
}

/**
 * Ticks at the start too: a time that passed while nothing ran is made up for. Its start rejects
 * where `isCronPattern` says no.
 */
export function cronTicker(options: CronTickerOptions): Component<void> {
  return repeated(options, (tick) => {
    const task = schedule(options.pattern, tick, { timezone: vietnam });
    // The process slept, was busy, or its clock was set forward: late is better than left out.
    task.on('execution:missed', tick);
    return () => void task.destroy();
  });
}

export function isCronPattern(pattern: string): boolean {
  return validate(pattern);
}

/** +07:00 all year; the sign in the name is POSIX's. */
const vietnam = 'Etc/GMT-7';

function repeated(
  { name, logger, work }: TickWork,
  startTicks: (tick: () => void) => () => void,
): Component<void> {
  return {
    name: `ticker ${name}`,
    async start() {
      let running: Promise<void> | undefined;
      const tick = (): void => {
        running ??= work()
          .catch((error: unknown) => logger.warn({ err: error, ticker: name }, 'tick failed'))
          .finally(() => (running = undefined));
      };
      const stopTicks = startTicks(tick);
      tick();
      return {
        value: undefined,
        async stop() {
          stopTicks();
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
