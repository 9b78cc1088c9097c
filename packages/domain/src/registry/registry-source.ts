import type { RegistryView } from './registry-view.ts';

/** Where services read the registry: a snapshot in memory that is replaced when the registry changes. */
export interface RegistrySource {
  /** The newest snapshot known; stays usable while the database is away. */
  current(): RegistryView;
  /** Resolves once a snapshot was loaded; before that `current` knows nothing. Absent: loaded from the start. */
  ready?(): Promise<void>;
}
