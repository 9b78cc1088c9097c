import type { Station } from '@envigate/contracts';
import { namesOf } from '../file-names/folders.ts';
import { findParameter, type RegistryView } from '../registry/registry-view.ts';
import { lookupKey } from '../texts/lookup-key.ts';

/** What is known of a station that the registry does not have. */
export interface UnknownStation {
  readonly account: string;
  /** What names it in the names of its files; undefined where those differ. */
  readonly prefix: string | undefined;
  /** What those names begin with: a running number may follow, or the numbers of several stations. */
  readonly inCommon?: string | undefined;
  /** That its files lie in, without days and months; '/' for the account's root. */
  readonly folder: string;
  /** Files of the same prefix wait in another folder too. */
  readonly isInSeveralFolders: boolean;
  /** As its files write them. */
  readonly symbols: readonly string[];
  /** Of a file that waits for it. */
  readonly exampleName: string;
}

/** With the prefix that it is to have; empty where its folder identifies it. */
export type NamedStation = Omit<UnknownStation, 'prefix'> & { readonly prefix: string };

/** What can be guessed of it. Undefined where nothing speaks for an answer: a person must give it. */
export interface StationProposal {
  readonly code: string | undefined;
  readonly kind: Station['kind'] | undefined;
  readonly facility: string | undefined;
  /** Of the catalogue, in the order of the symbols. */
  readonly parameters: readonly string[];
  readonly unknownSymbols: readonly string[];
}

export function proposeStation(registry: RegistryView, unknown: NamedStation): StationProposal {
  const parameters = new Set<string>();
  const unknownSymbols = new Set<string>();
  for (const symbol of unknown.symbols) {
    const found = findParameter(registry, anyStation, symbol);
    if (found === undefined) unknownSymbols.add(symbol);
    else parameters.add(found.parameter.code);
  }
  return {
    code: guessCode(registry, unknown),
    kind: guessKind(unknown),
    facility: guessFacility(registry, unknown),
    parameters: [...parameters],
    unknownSymbols: [...unknownSymbols],
  };
}

/** Without mappings of its own: symbols are then what the catalogue says. */
const anyStation: Station = { code: '?', facility: '?', name: '?', kind: 'waste-water' };

/**
 * TenTinh_TenCoSo_TenTram: the station's own part where there are three; else the whole prefix; else
 * the name of the folder.
 */
function guessCode(
  registry: RegistryView,
  { prefix, folder }: Pick<NamedStation, 'prefix' | 'folder'>,
): string | undefined {
  const parts = prefix.split('_');
  const candidates = [
    ...(parts.length >= 3 ? [parts.at(-1) ?? ''] : []),
    prefix,
    namesOf(folder).at(-1) ?? '',
  ];
  return candidates.map(asCode).find((code) => code !== '' && !registry.stations.has(code));
}

/** In the letters that a code may have. */
function asCode(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[\u0111\u00F0\u0256]/g, 'd')
    .replace(/[\u0110\u00D0\u0189]/g, 'D')
    .replace(/[^A-Za-z0-9_.-]+/g, '_')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 64);
}

/** The parts of the folders' names and of the prefix, those of the prefix last. */
function partsOf({ prefix, folder }: NamedStation): readonly string[] {
  return [...namesOf(folder), prefix].flatMap((name) => name.split('_')).map(lookupKey);
}

/** A facility whose codes are in the prefix; else the one of all other stations of the account. */
function guessFacility(registry: RegistryView, unknown: NamedStation): string | undefined {
  const parts = partsOf(unknown);
  const named = registry.registry.facilities.filter(
    ({ agentCode, provinceCode }) =>
      agentCode !== undefined &&
      parts.includes(lookupKey(agentCode)) &&
      (provinceCode === undefined || parts.includes(lookupKey(provinceCode))),
  );
  const [facility, ...others] = named;
  if (facility !== undefined && others.length === 0) return facility.code;
  const own = registry.accounts.get(unknown.account)?.stations ?? [];
  const facilities = new Set(own.flatMap((code) => registry.stations.get(code)?.facility ?? []));
  return facilities.size === 1 ? [...facilities][0] : undefined;
}

/**
 * NUO (nước) and KHI (khí) begin the station's part of official names; which water or which air it
 * is, and what it is where the name says nothing, follows from what it measures. A guess: none of
 * this is a rule of the circular.
 */
function guessKind(unknown: NamedStation): Station['kind'] | undefined {
  const parts = partsOf(unknown).toReversed();
  const keys = new Set(unknown.symbols.map(lookupKey));
  const measures = (marks: readonly string[]): boolean => marks.some((mark) => keys.has(mark));
  const mark = parts.find((part) => /^(nuo|khi)/.test(part))?.slice(0, 3);
  if (mark === 'nuo' || (mark === undefined && measures(waterMarks))) {
    if (measures(flowMarks)) return 'waste-water';
    return measures(openWaterMarks) ? 'surface-water' : 'waste-water';
  }
  if (mark === 'khi' || measures(gasMarks))
    return measures(openAirMarks) ? 'ambient-air' : 'stack-gas';
  return undefined;
}

const keysOf = (...symbols: readonly string[]): readonly string[] => symbols.map(lookupKey);
const waterMarks = keysOf('pH', 'COD', 'BOD', 'BOD5', 'TSS', 'DO', 'NH4', 'NH4+', 'Amoni', 'Turb');
const flowMarks = keysOf('Flow', 'Flowin', 'Flow_In', 'Flow_Out', 'Flowout', 'Lưu lượng');
const openWaterMarks = keysOf('DO', 'Turb', 'Turbidity', 'Coliform', 'Salinity', 'Water Level');
const gasMarks = keysOf(
  'SO2',
  'NO',
  'NO2',
  'NOx',
  'CO',
  'PM',
  'Dust',
  'Bụi',
  'PM10',
  'PM2,5',
  'O3',
);
const openAirMarks = keysOf('PM10', 'PM2,5', 'O3', 'TSP', 'WindSpeed', 'WindDir', 'RH');
