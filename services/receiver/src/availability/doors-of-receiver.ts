import type { Configuration } from '@envigate/contracts';
import { dropDoor, pullDoor, type Door, type RegistrySource } from '@envigate/domain';
import type { RunningDropFolders } from '../drop/drop-folders.ts';
import type { DoorCheck } from './availability.ts';
import type { OwnProbes } from './own-probes.ts';
import { probeFtp, probeSftp } from './probe-doors.ts';

export interface ReceiverDoors {
  readonly settings: Configuration['receiver'];
  readonly registry: RegistrySource;
  readonly probes: OwnProbes;
  /** Absent where the door is not enabled. */
  readonly ftp: { readonly port: number; readonly implicitTlsPort?: number } | undefined;
  readonly sftp: { readonly port: number } | undefined;
  readonly folders: RunningDropFolders | undefined;
}

/**
 * The doors of this receiver as the configuration and the registry have them now; undefined until a registry
 * was loaded, as nobody can log in before.
 *
 * Of a remote site it is recorded that this receiver runs and would fetch from it. That the site itself does not
 * answer is no outage of ours: its server belongs to the station.
 */
export function doorsOfReceiver(
  parts: ReceiverDoors,
): () => ReadonlyMap<Door, DoorCheck> | undefined {
  const { registry, settings, folders } = parts;
  const ports = checksOfPorts(parts);
  let isLoaded = registry.ready === undefined;
  registry.ready?.().then(
    () => (isLoaded = true),
    () => undefined,
  );
  return () => {
    if (!isLoaded) return undefined;
    const { remoteSites, dropFolders } = registry.current();
    const doors = new Map(ports);
    for (const { code, disabled } of dropFolders.values()) {
      if (folders !== undefined && disabled !== true)
        doors.set(dropDoor(code), () => checkFolder(folders.trouble(code)));
    }
    for (const { code, disabled } of remoteSites.values()) {
      if (settings.pull.enabled && disabled !== true)
        doors.set(pullDoor(code), () => Promise.resolve(undefined));
    }
    return doors;
  };
}

function checksOfPorts({ settings, probes, ftp, sftp }: ReceiverDoors): Map<Door, DoorCheck> {
  const doors = new Map<Door, DoorCheck>();
  const well = (probe: Promise<void>): ReturnType<DoorCheck> => probe.then(() => undefined);
  if (ftp !== undefined) {
    const { host, tls } = settings.ftp;
    const { port, implicitTlsPort } = ftp;
    doors.set('ftp', () => well(probeFtp({ host, port }, 'none', probes)));
    const probeExplicit = () => probeFtp({ host, port }, 'explicit', probes);
    const probeImplicit = () =>
      implicitTlsPort === undefined
        ? Promise.resolve()
        : probeFtp({ host, port: implicitTlsPort }, 'implicit', probes);
    if (tls.mode !== 'off') doors.set('ftps', () => well(probeExplicit().then(probeImplicit)));
    else if (implicitTlsPort !== undefined) doors.set('ftps', () => well(probeImplicit()));
  }
  if (sftp !== undefined) {
    const { host } = settings.sftp;
    doors.set('sftp', () => well(probeSftp({ host, port: sftp.port }, probes)));
  }
  return doors;
}

function checkFolder(trouble: string | undefined): ReturnType<DoorCheck> {
  return Promise.resolve(
    trouble === undefined
      ? undefined
      : { cause: 'folder-away', evidence: 'folder', detail: trouble.slice(0, 120) },
  );
}
