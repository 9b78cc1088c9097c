import { eventLogContract, type EventLogHarness } from './contract-suite.ts';
import { MemoryEventLog } from './testing/memory-event-log.ts';
import { MemoryStreams } from './testing/memory-streams.ts';

const namespaces = new Map<string, MemoryStreams>();

const streamsOf = (namespace: string): MemoryStreams => {
  const streams = namespaces.get(namespace);
  if (streams === undefined) throw new Error(`no namespace ${namespace}`);
  return streams;
};

const harness: EventLogHarness = {
  async createNamespace() {
    const name = `memory-${namespaces.size}`;
    namespaces.set(name, new MemoryStreams());
    return name;
  },
  dropNamespace: async () => undefined,
  openEventLog: async (namespace, telemetry) => new MemoryEventLog(streamsOf(namespace), telemetry),
  rebuild: async (namespace) => streamsOf(namespace).rebuild(),
  removeBefore: async (namespace, place, offset) =>
    streamsOf(namespace).removeBefore(place, offset),
};

eventLogContract('in-memory', harness);
