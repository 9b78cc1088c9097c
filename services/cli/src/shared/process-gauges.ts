import type { RegistrySource } from '@envigate/domain';
import { freeBytes, type Gauges, type Telemetry } from '@envigate/runtime';

/** What every process of the gateway shows, whichever services it runs. */
export const gauges = {
  registryRevision: {
    name: 'envigate_registry_revision',
    help: 'Revision of the registry that this process works by: it grows with every change. Absent until it was read from the database.',
  },
  dataDiskFree: {
    name: 'envigate_data_disk_free_bytes',
    help: 'Bytes that are free on the disk of dataDir, which has the embedded database too.',
  },
} as const satisfies Gauges;

export function showProcess(telemetry: Telemetry, registry: RegistrySource, dataDir: string): void {
  telemetry.gauges(gauges.registryRevision, async () => {
    const { revision } = registry.current();
    return revision === undefined ? [] : [{ labels: {}, value: revision }];
  });
  telemetry.gauge(gauges.dataDiskFree, () => freeBytes(dataDir));
}
