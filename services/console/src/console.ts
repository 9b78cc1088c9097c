import type { Operation } from './operation.ts';
import type { ConsolePorts } from './ports.ts';
import { boardRoutes } from './routes/board.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { fileRoutes } from './routes/files.ts';
import { gapRoutes } from './routes/gaps.ts';
import { overviewRoutes } from './routes/overview.ts';
import { pendingStationRoutes } from './routes/pending-stations.ts';
import { quarantineRoutes } from './routes/quarantine.ts';
import { readingRoutes } from './routes/readings.ts';
import { registryRoutes } from './routes/registry.ts';
import { replayRoutes } from './routes/replays.ts';
import { rereadRoutes } from './routes/rereads.ts';
import { rulesRoutes } from './routes/rules.ts';
import { stationRoutes } from './routes/stations.ts';
import { unknownSymbolRoutes } from './routes/unknown-symbols.ts';

/** Everything the console answers. It reads, and changes the registry where it is asked to. */
export function consoleOperations(ports: ConsolePorts): readonly Operation[] {
  return [
    ...boardRoutes(ports),
    ...overviewRoutes(ports),
    ...stationRoutes(ports),
    ...fileRoutes(ports),
    ...readingRoutes(ports),
    ...quarantineRoutes(ports),
    ...replayRoutes(ports),
    ...rereadRoutes(ports),
    ...unknownSymbolRoutes(ports),
    ...gapRoutes(ports),
    ...deliveryRoutes(ports),
    ...registryRoutes(ports),
    ...rulesRoutes(ports),
    ...pendingStationRoutes(ports),
  ];
}
