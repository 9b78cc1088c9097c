import type {
  Account,
  DropFolder,
  Facility,
  Parameter,
  Profile,
  Registry,
  RemoteSite,
  Rule,
  Station,
  Target,
} from '@envigate/contracts';

/** The registry as it is at one moment, indexed for look-up. Immutable. */
export class RegistryView {
  readonly registry: Registry;
  readonly facilities: ReadonlyMap<string, Facility>;
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly stations: ReadonlyMap<string, Station>;
  readonly accounts: ReadonlyMap<string, Account>;
  readonly targets: ReadonlyMap<string, Target>;
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly remoteSites: ReadonlyMap<string, RemoteSite>;
  readonly dropFolders: ReadonlyMap<string, DropFolder>;
  readonly rules: readonly Rule[];
  /** Of the database, or of an earlier state that is the same; undefined where it is not known. */
  readonly revision: number | undefined;

  constructor(registry: Registry, revision?: number) {
    this.registry = registry;
    this.revision = revision;
    this.facilities = byCode(registry.facilities);
    this.parameters = byCode(registry.parameters);
    this.stations = byCode(registry.stations);
    this.accounts = byCode(registry.accounts);
    this.targets = byCode(registry.targets);
    this.profiles = byCode(registry.profiles ?? []);
    this.remoteSites = byCode(registry.remoteSites ?? []);
    this.dropFolders = byCode(registry.dropFolders ?? []);
    this.rules = registry.rules ?? [];
  }

  static readonly empty = new RegistryView({
    facilities: [],
    parameters: [],
    stations: [],
    accounts: [],
    targets: [],
  });
}

function byCode<T extends { readonly code: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item.code, item]));
}

/** Where services read the registry: a snapshot in memory that is replaced when the registry changes. */
export interface RegistrySource {
  /** The newest snapshot known; stays usable while the database is away. */
  current(): RegistryView;
  /** Resolves once a snapshot was loaded; before that `current` knows nothing. Absent: loaded from the start. */
  ready?(): Promise<void>;
}
