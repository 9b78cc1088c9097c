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
  StationParameter,
  Target,
} from '@envigate/contracts';
import { lookupKey } from '../texts/lookup-key.ts';
import { measureParameter, type MeasuredParameter } from '../quality/measured-parameter.ts';
import { StationFolders } from './station-folders.ts';
import { canonicalUnit } from '../values/units.ts';

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

/** How often a station sends files, known to the registry or not. */
export function intervalMinutesOf(station: Pick<Station, 'intervalMinutes'> | undefined): number {
  return station?.intervalMinutes ?? 5;
}

/** How often a station measures a parameter at most; 0: with every file. */
export function cycleMinutesOf(
  view: RegistryView,
  { parameter, cycleMinutes }: Pick<StationParameter, 'parameter' | 'cycleMinutes'>,
): number {
  return cycleMinutes ?? view.parameters.get(parameter)?.cycleMinutes ?? 0;
}

/** Where services read the registry: a snapshot in memory that is replaced when the registry changes. */
export interface RegistrySource {
  /** The newest snapshot known; stays usable while the database is away. */
  current(): RegistryView;
  /** Resolves once a snapshot was loaded; before that `current` knows nothing. Absent: loaded from the start. */
  ready?(): Promise<void>;
}

/** Texts to items: first as written, then by key. Two items under one key are found as written only. */
export class SpellingIndex<T> {
  readonly #exact = new Map<string, T>();
  readonly #byKey = new Map<string, T | 'ambiguous'>();

  add(spelling: string, item: T): void {
    const text = spelling.normalize('NFC');
    if (!this.#exact.has(text)) this.#exact.set(text, item);
    const key = lookupKey(spelling);
    const known = this.#byKey.get(key);
    this.#byKey.set(key, known === undefined || known === item ? item : 'ambiguous');
  }

  /** `text` in NFC. */
  getExact(text: string): T | undefined {
    return this.#exact.get(text);
  }

  getByKey(key: string): T | undefined {
    const item = this.#byKey.get(key);
    return item === 'ambiguous' ? undefined : item;
  }
}

/** Stations by what the names of their files begin with: as written, then by key. Several may share one. */
export class PrefixIndex {
  readonly #exact = new Map<string, Station[]>();
  readonly #byKey = new Map<string, Station[]>();

  constructor(stations: readonly Station[]) {
    for (const station of stations) {
      for (const prefix of prefixesOfStation(station)) {
        addTo(this.#exact, prefix.normalize('NFC'), station);
        addTo(this.#byKey, lookupKey(prefix), station);
      }
    }
  }

  find(prefix: string): readonly Station[] {
    return this.#exact.get(prefix.normalize('NFC')) ?? this.#byKey.get(lookupKey(prefix)) ?? [];
  }
}

function addTo(index: Map<string, Station[]>, key: string, station: Station): void {
  const stations = index.get(key);
  if (stations === undefined) index.set(key, [station]);
  else if (!stations.includes(station)) stations.push(station);
}

/** The stations that one account may send for. */
export interface AccountIndex {
  readonly prefixes: PrefixIndex;
  readonly folders: StationFolders;
}

/** A parameter and what its symbol says besides. */
export interface FoundParameter {
  readonly parameter: MeasuredParameter;
  /** Unit in brackets behind the name, as in export headers: `NO2(µg/Nm3)`. */
  readonly unitInSymbol: string | undefined;
}

export interface StationIndex {
  /** Symbols that the registry gives for this very station, to parameter codes. */
  readonly mappings: SpellingIndex<string>;
  measured(code: string): MeasuredParameter | undefined;
  /** What was found for symbols as the station writes them; undefined there: unknown. */
  readonly found: Map<string, FoundParameter | undefined>;
}

/** What look-ups in a registry view need, built once per view and part by part. */
export class RegistryIndex {
  readonly #view: RegistryView;
  readonly #stations = new Map<string, StationIndex>();
  readonly #accounts = new Map<string, AccountIndex>();
  #symbols: SpellingIndex<string> | undefined;
  #prefixes: SpellingIndex<Station> | undefined;

  constructor(view: RegistryView) {
    this.#view = view;
  }

  /** Codes, symbols and aliases of the catalogue, to parameter codes. */
  get symbols(): SpellingIndex<string> {
    this.#symbols ??= indexSymbols(this.#view.registry.parameters);
    return this.#symbols;
  }

  /** File prefixes of every station. */
  get prefixes(): SpellingIndex<Station> {
    this.#prefixes ??= indexPrefixes(this.#view.registry.stations);
    return this.#prefixes;
  }

  account(account: { readonly code: string; readonly stations: readonly string[] }): AccountIndex {
    let index = this.#accounts.get(account.code);
    if (index === undefined) {
      const stations = account.stations.flatMap((code) => this.#view.stations.get(code) ?? []);
      index = { prefixes: new PrefixIndex(stations), folders: new StationFolders(stations) };
      this.#accounts.set(account.code, index);
    }
    return index;
  }

  station(station: Station): StationIndex {
    let index = this.#stations.get(station.code);
    if (index === undefined) {
      index = indexStation(station, this.#view.parameters);
      this.#stations.set(station.code, index);
    }
    return index;
  }
}

const indexes = new WeakMap<RegistryView, RegistryIndex>();

export function indexOf(view: RegistryView): RegistryIndex {
  let index = indexes.get(view);
  if (index === undefined) {
    index = new RegistryIndex(view);
    indexes.set(view, index);
  }
  return index;
}

/** What the names of a station's files begin with. */
export function prefixesOfStation(station: Station): readonly string[] {
  return station.filePrefixes !== undefined && station.filePrefixes.length > 0
    ? station.filePrefixes
    : [station.code];
}

function indexPrefixes(stations: readonly Station[]): SpellingIndex<Station> {
  const index = new SpellingIndex<Station>();
  for (const station of stations) {
    for (const prefix of prefixesOfStation(station)) index.add(prefix, station);
  }
  return index;
}

function indexSymbols(parameters: readonly Parameter[]): SpellingIndex<string> {
  const index = new SpellingIndex<string>();
  // In this order the official symbol of one parameter wins over an alias of another.
  for (const { code, symbol } of parameters) index.add(symbol, code);
  for (const { code } of parameters) index.add(code, code);
  for (const { code, aliases } of parameters)
    for (const alias of aliases ?? []) index.add(alias, code);
  return index;
}

function indexStation(station: Station, parameters: ReadonlyMap<string, Parameter>): StationIndex {
  const mappings = new SpellingIndex<string>();
  for (const { parameter, mapping } of station.parameters ?? []) {
    if (mapping !== undefined) mappings.add(mapping, parameter);
  }
  const measured = new Map<string, MeasuredParameter>();
  return {
    mappings,
    found: new Map(),
    measured(code) {
      let item = measured.get(code);
      if (item === undefined) {
        const parameter = parameters.get(code);
        if (parameter === undefined) return undefined;
        item = measureParameter(parameter, station);
        measured.set(code, item);
      }
      return item;
    },
  };
}

/**
 * The parameter that a station means by a symbol: what the registry says for this station goes
 * before the catalogue, spelling as written before spelling by key. A name with its unit in
 * brackets, as in headers of exports, is the name. Undefined: unknown.
 */
export function findParameter(
  registry: RegistryView,
  station: Station,
  symbol: string,
): FoundParameter | undefined {
  const index = indexOf(registry);
  const own = index.station(station);
  const remembered = own.found.get(symbol);
  if (remembered !== undefined || own.found.has(symbol)) return remembered;
  const found = find(index, own, symbol);
  if (own.found.size < maxRemembered) own.found.set(symbol, found);
  return found;
}

/** A station writes some ten symbols, and garbage may write any number. */
const maxRemembered = 1000;

function find(
  { symbols }: RegistryIndex,
  own: StationIndex,
  symbol: string,
): FoundParameter | undefined {
  const lookUp = (name: string) => {
    const text = name.normalize('NFC');
    const key = lookupKey(name);
    return (
      own.mappings.getExact(text) ??
      own.mappings.getByKey(key) ??
      symbols.getExact(text) ??
      symbols.getByKey(key)
    );
  };
  const bracketed = splitUnit(symbol);
  const code = lookUp(symbol) ?? (bracketed === undefined ? undefined : lookUp(bracketed.name));
  const parameter = code === undefined ? undefined : own.measured(code);
  return parameter === undefined ? undefined : { parameter, unitInSymbol: bracketed?.unit };
}

/** `Áp suất khí quyển(hPa)` → its name and its unit; undefined where there is no known unit in brackets. */
function splitUnit(symbol: string): { name: string; unit: string } | undefined {
  const open = symbol.lastIndexOf('(');
  if (open < 1 || !symbol.endsWith(')')) return undefined;
  const unit = symbol.slice(open + 1, -1).trim();
  return unit === '' || canonicalUnit(unit) === undefined
    ? undefined
    : { name: symbol.slice(0, open), unit };
}
