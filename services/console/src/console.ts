import type { Operation } from './operation.ts';
import type { ConsolePorts } from './ports.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { fileRoutes } from './routes/files.ts';
import { gapRoutes } from './routes/gaps.ts';
import { overviewRoutes } from './routes/overview.ts';
import { quarantineRoutes } from './routes/quarantine.ts';
import { readingRoutes } from './routes/readings.ts';
import { stationRoutes } from './routes/stations.ts';

/** Everything the console answers. It reads only. */
export function consoleOperations(ports: ConsolePorts): readonly Operation[] {
  return [
    ...overviewRoutes(ports),
    ...stationRoutes(ports),
    ...fileRoutes(ports),
    ...readingRoutes(ports),
    ...quarantineRoutes(ports),
    ...gapRoutes(ports),
    ...deliveryRoutes(ports),
  ];
}
