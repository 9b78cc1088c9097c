import type { MonthsLook } from '@envigate/postgres';
import { ticker, type Component, type Emit, type Logger, type Telemetry } from '@envigate/runtime';
import { gauges, type events } from './telemetry.ts';

interface MonthsParts {
  /** Makes the months of the record that are missing. */
  readonly make: () => Promise<MonthsLook>;
  readonly countAhead: () => Promise<number>;
  readonly emit: Emit<typeof events>;
  readonly telemetry: Pick<Telemetry, 'gauge'>;
  readonly logger: Logger;
}

/** Weeks remain for another try, as months are made long before their time. */
const everySeconds = 3_600;

/** Keeps the months of the record made ahead. Each recorder tries; one at a time makes them. */
export function monthsAhead(parts: MonthsParts): Component<void> {
  const { make, countAhead, emit, telemetry, logger } = parts;
  telemetry.gauge(gauges.monthsAhead, countAhead);
  const work = async (): Promise<void> => {
    const { made, busy } = await make();
    for (const { partition, movedRows } of made) emit('month-made', { partition, movedRows });
    if (busy.length > 0) emit('months-delayed', { tables: busy });
  };
  return ticker({ name: 'months', everySeconds, logger, work });
}
