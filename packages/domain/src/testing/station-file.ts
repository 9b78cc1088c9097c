import type { Registry, StationFile } from '@envigate/contracts';
import { RegistryView } from '../registry/registry-view.ts';

/** A message of station.files around a name and an account. */
export function stationFile(
  reception: Partial<StationFile['reception']> & { account: string; name: string },
  content: Uint8Array = new Uint8Array(),
): StationFile {
  return {
    type: 'station-file.v2',
    reception: {
      receptionId: '01KAAAAAAAAAAAAAAAAAAAAAAA',
      spoolId: 'spool',
      spoolSequence: 1,
      receivedAt: '2026-03-24T17:00:41.000Z',
      protocol: 'ftp',
      peer: '10.0.0.1',
      folder: '/',
      size: content.length,
      contentHash: '0'.repeat(64),
      fileId: '0'.repeat(64),
      ...reception,
    },
    content,
  };
}

/** A registry with the items of each section that a test needs. */
export function registryOf(sections: Partial<Registry>): RegistryView {
  return new RegistryView({ ...RegistryView.empty.registry, ...sections });
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
