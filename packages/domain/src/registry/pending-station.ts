import { parseStationFile } from '../station-files/parse-station-file.ts';
import { findStation } from './find-station.ts';
import type { RegistryView } from './registry-view.ts';

/** A station that an account sends for and the registry does not have, told by its files in quarantine. */
export interface PendingStation {
  readonly account: string;
  /** As its file names begin. */
  readonly prefix: string;
  /** That wait for it. */
  readonly files: number;
  readonly firstSeenAt: Date;
  readonly lastSeenAt: Date;
  /** The newest of them. */
  readonly example: {
    readonly fileId: string;
    readonly name: string;
    readonly content: Uint8Array;
  };
  readonly dismissed: Dismissal | null;
}

export interface Dismissal {
  readonly at: Date;
  readonly actor: string;
  readonly note: string;
}

/** False once the registry has the station, or no longer the account: its files wait for a replay. */
export function isStillPending(
  { account, prefix }: Pick<PendingStation, 'account' | 'prefix'>,
  registry: RegistryView,
): boolean {
  const found = findStation(registry, account, prefix);
  return found.kind === 'unknown' && found.reason === 'unknown-station';
}

/** Symbols of its newest file, each once, in their order; none where that cannot be read. */
export function symbolsOf({
  example,
  lastSeenAt,
}: Pick<PendingStation, 'example' | 'lastSeenAt'>): readonly string[] {
  const receivedAtMs = lastSeenAt.getTime();
  const parsed = parseStationFile(example.content, { utcOffsetMinutes: 420, receivedAtMs });
  return parsed.kind === 'parsed' ? [...new Set(parsed.lines.map(({ symbol }) => symbol))] : [];
}
