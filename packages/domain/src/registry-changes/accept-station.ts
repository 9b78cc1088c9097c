import type { Facility, Registry, Station } from '@envigate/contracts';
import { placeFile } from '../normalise/place-file.ts';
import {
  proposeStation,
  type NamedStation,
  type StationProposal,
  type UnknownStation,
} from './propose-station.ts';
import { indexOf } from '../registry/registry-index.ts';
import { RegistryView } from '../registry/registry-view.ts';
import { enabledTargets } from '../deliveries/plan-moment.ts';

/** What a person says of a pending station; the rest is guessed and marked as such. */
export interface Acceptance {
  /** What names it in the names of its files; a person must say it where those differ. */
  readonly filePrefix?: string | undefined;
  readonly code?: string | undefined;
  readonly name?: string | undefined;
  readonly kind?: Station['kind'] | undefined;
  /** Code of a facility; a new one where `facilityName` is given and there is none of that code. */
  readonly facility?: string | undefined;
  readonly facilityName?: string | undefined;
  /** Codes of the catalogue. */
  readonly parameters?: readonly string[] | undefined;
  /** Codes of the targets that its files are forwarded to; never guessed. */
  readonly targets?: readonly string[] | undefined;
  /** Its files may lie in any folder: their names identify it or, where they do not, the account. */
  readonly anyFolder?: boolean | undefined;
}

export type AcceptanceOutcome =
  | {
      readonly kind: 'accepted';
      /** With the station, allowed to the account. */
      readonly registry: Registry;
      readonly station: Station;
      readonly unknownSymbols: readonly string[];
      readonly warnings: readonly AcceptanceWarning[];
    }
  | { readonly kind: 'refused'; readonly reason: string };

/** Adds a pending station to the registry and to its account. Whether the whole is sound is not asked here. */
export function acceptStation(
  registry: Registry,
  unknown: UnknownStation,
  said: Acceptance,
): AcceptanceOutcome {
  const view = new RegistryView(registry);
  const { account, folder, exampleName } = unknown;
  const example = { account, folder, name: exampleName };
  const place = placeFile(example, view);
  if (place.kind === 'placed')
    return refused(`'${exampleName}' is of station '${place.station.code}' already`);
  if (place.reason !== 'unknown-station') return refused(place.detail);
  const prefix = said.filePrefix ?? unknown.prefix ?? (isKnownByFolder(unknown) ? '' : undefined);
  if (prefix === undefined) return refused(prefixMissing(unknown));
  if (unknown.isInSeveralFolders && folder === '/' && said.anyFolder !== true)
    return refused(
      `'${prefix}' is pending in folders below '/' too: accept those first, or say that any folder is meant`,
    );

  const proposal = proposeStation(view, { ...unknown, prefix });
  const { code = proposal.code, kind = proposal.kind, facility = proposal.facility } = said;
  if (code === undefined)
    return refused('give a code: none can be made of the file prefix or the folder');
  if (kind === undefined) return refused(`give a kind: neither prefix nor symbols show it`);
  if (facility === undefined)
    return refused(
      `give a facility, one of ${[...view.facilities.keys()].join(', ')}, or a new one with its name`,
    );
  if (view.stations.has(code))
    return refused(`station '${code}' is there already; give another code`);
  const facilities = withFacility(registry.facilities, facility, said.facilityName);
  if (facilities === undefined)
    return refused(`facility '${facility}' is not in the registry; give facilityName to add it`);

  const noTarget = said.targets?.find((target) => !view.targets.has(target));
  if (noTarget !== undefined)
    return refused(`target '${noTarget}' is not in the registry; ${namesOf(view.targets)}`);

  const folders = foldersOf(view, { ...unknown, prefix }, said);
  const decided = { ...said, code, kind, facility, folders };
  const station = stationOf(prefix, decided, proposal, guessesIn(said));
  const extended = {
    ...registry,
    facilities,
    stations: [...registry.stations, station],
    accounts: registry.accounts.map((one) =>
      one.code === account ? { ...one, stations: [...one.stations, code] } : one,
    ),
  };
  const now = placeFile(example, new RegistryView(extended));
  if (now.kind === 'refused' || now.station.code !== code)
    return refused(
      `with the file prefix '${prefix}' the file '${exampleName}' would not be of the station: the prefix must stand in its name as a word`,
    );
  return {
    kind: 'accepted',
    station,
    unknownSymbols: proposal.unknownSymbols,
    warnings: acceptanceWarnings(station, view),
    registry: extended,
  };
}

/** The names differ and have nothing in common: numbers, say. */
function isKnownByFolder({ inCommon, folder }: UnknownStation): boolean {
  return inCommon === undefined && folder !== '/';
}

/** Only where the name alone would not distinguish the station from others, known ones or such that wait. */
function foldersOf(
  registry: RegistryView,
  { account: code, prefix, folder, isInSeveralFolders }: NamedStation,
  { anyFolder = false }: Acceptance,
): readonly string[] {
  if (anyFolder) return prefix === '' ? ['/'] : [];
  const account = registry.accounts.get(code);
  const isShared =
    account !== undefined && indexOf(registry).account(account).prefixes.find(prefix).length > 0;
  return prefix === '' || isShared || isInSeveralFolders ? [folder] : [];
}

function prefixMissing({ inCommon, exampleName }: UnknownStation): string {
  const common = inCommon === undefined ? '' : `, '${inCommon}' if they are all of one station`;
  return `give a file prefix${common}: the names of the files ('${exampleName}') differ, by a running number or as those of several stations do`;
}

type Guess = NonNullable<Station['guessed']>[number];

function guessesIn(said: Acceptance): Guess[] {
  const fields = ['code', 'name', 'kind', 'facility', 'parameters'] as const;
  return fields.filter((field) => said[field] === undefined);
}

function stationOf(
  prefix: NamedStation['prefix'],
  {
    code,
    kind,
    facility,
    name = prefix === '' ? code : prefix,
    parameters: given,
    targets = [],
    folders,
  }: Acceptance &
    Pick<Station, 'code' | 'kind' | 'facility'> & { readonly folders: readonly string[] },
  proposal: StationProposal,
  guessed: Guess[],
): Station {
  const parameters = (given ?? proposal.parameters).map((parameter) => ({ parameter }));
  return {
    ...{ code, facility, name, kind },
    ...(prefix !== '' && { filePrefixes: [prefix] }),
    ...(folders.length > 0 && { folders: [...folders] }),
    ...(parameters.length > 0 && { parameters }),
    ...(targets.length > 0 && { targets: [...new Set(targets)] }),
    ...(guessed.length > 0 && { guessed }),
  };
}

function withFacility(
  facilities: readonly Facility[],
  code: string,
  name: string | undefined,
): Facility[] | undefined {
  if (facilities.some((facility) => facility.code === code)) return [...facilities];
  return name === undefined ? undefined : [...facilities, { code, name }];
}

function namesOf(targets: RegistryView['targets']): string {
  return targets.size === 0 ? 'it has none' : `it has ${[...targets.keys()].join(', ')}`;
}

function refused(reason: string): AcceptanceOutcome {
  return { kind: 'refused', reason };
}

/** What a person should know of a station that was accepted, in both languages. */
export interface AcceptanceWarning {
  readonly code: 'no-target' | 'no-enabled-target';
  readonly en: string;
  readonly vi: string;
}

/** Whether its files will go anywhere. */
function acceptanceWarnings(
  station: Station,
  registry: Pick<RegistryView, 'targets'>,
): readonly AcceptanceWarning[] {
  if (enabledTargets(station, registry).length > 0) return [];
  const targets = station.targets ?? [];
  if (targets.length === 0) {
    return [
      {
        code: 'no-target',
        en: 'The station has no target: its files are stored and not forwarded. Files stored before it has one are not forwarded later.',
        vi: 'Trạm chưa khai báo máy chủ nhận: tệp được lưu nhưng không truyền về Bộ. Tệp lưu trước khi khai báo sẽ không truyền bổ sung.',
      },
    ];
  }
  const named = targets.join(', ');
  return [
    {
      code: 'no-enabled-target',
      en: `Every target of the station is disabled (${named}): its files are stored and not forwarded. Files stored in that time are not forwarded after one is enabled again.`,
      vi: `Các máy chủ nhận của trạm đều đang tắt (${named}): tệp được lưu nhưng không truyền về Bộ. Tệp lưu trong thời gian này sẽ không truyền bổ sung sau khi bật lại.`,
    },
  ];
}
