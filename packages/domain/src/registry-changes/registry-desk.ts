import {
  ContractError,
  textOfFaults,
  type BilingualText,
  type Page,
  type Registry,
  type Station,
  type TimeRange,
} from '@envigate/contracts';
import type { AcceptanceWarning, Acceptance } from './accept-station.ts';
import type { PendingStation } from './pending-station.ts';
import type { RegistryBody, RegistryKind } from './registry-schema.ts';

/** Files in quarantine for an unknown station that are looked at per account: its newest. */
export const maxPendingFiles = 5_000;

/** What people ask of the registry and decide about it. */
export interface RegistryDesk {
  /** As it is, or as it was at an instant. With secrets: whoever shows it hides them. */
  registry(at?: Date): Promise<Registry>;
  /** Newest first. */
  changes(filter: RegistryChangeFilter): Promise<Page<RegistryChange, RegistryChangePlace>>;
  /**
   * Those seen last first; dismissed ones too. Of each account its newest
   * `maxPendingFiles` files in quarantine for an unknown station.
   */
  pendingStations(): Promise<readonly PendingStation[]>;
  acceptStation(
    place: PendingPlace,
    acceptance: Acceptance,
    actor: string,
  ): Promise<StationDecision>;
  /** In every folder where none is given. False where no such station is pending. */
  dismissStation(place: PendingPlace, note: string, actor: string): Promise<boolean>;
}

export interface PendingPlace {
  readonly account: string;
  readonly prefix: string;
  /** Which is meant where the prefix is pending in several; one of a day or month stands for its station's. */
  readonly folder?: string | undefined;
}

export type StationDecision =
  | {
      readonly kind: 'accepted';
      readonly station: Station;
      /** Of its files, that the catalogue does not have: kept as readings under their own names. */
      readonly unknownSymbols: readonly string[];
      readonly warnings: readonly AcceptanceWarning[];
    }
  | { readonly kind: 'not-pending' }
  | { readonly kind: 'refused'; readonly reason: BilingualText };

/** By the time of the change. */
export interface RegistryChangeFilter extends TimeRange {
  readonly kind?: RegistryKind | undefined;
  readonly code?: string | undefined;
  readonly after?: RegistryChangePlace | undefined;
  readonly limit: number;
}

export type RegistryChangePlace = Pick<RegistryChange, 'at' | 'kind' | 'code'>;

/** One item that one import changed. `before` is null where it was added, `after` where it was removed. */
export interface RegistryChange {
  readonly at: Date;
  /** Null: not noted, by an earlier version. */
  readonly actor: string | null;
  readonly kind: RegistryKind;
  readonly code: string;
  /** Of the item: from 1; the last one where it was removed. */
  readonly version: number;
  readonly before: RegistryBody | null;
  readonly after: RegistryBody | null;
}

/** Why a change of the registry was refused; undefined of any other error. */
export function textOfRefusedChange(error: unknown): BilingualText | undefined {
  if (!(error instanceof ContractError)) return undefined;
  const { vi, en } = textOfFaults(error.faults);
  return {
    vi: `Danh mục chưa được thay đổi: ${vi}`,
    en: `the registry was not changed: ${en}`,
  };
}
