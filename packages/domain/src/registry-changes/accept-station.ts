import type { BilingualText, Facility, Registry, Station } from '@envigate/contracts';
import { placeFile } from '../normalise/place-file.ts';
import {
  proposeStation,
  type NamedStation,
  type StationProposal,
  type UnknownStation,
} from './propose-station.ts';
import { indexOf, RegistryView } from '../registry/registry-view.ts';
import { wordingOf } from '../reasons/sentences.ts';
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
  | { readonly kind: 'refused'; readonly reason: BilingualText };

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
    return refused({
      vi: `tệp '${exampleName}' đã thuộc trạm '${place.station.code}'`,
      en: `'${exampleName}' is of station '${place.station.code}' already`,
    });
  if (place.reason !== 'unknown-station') return refused(wordingOf(place.detail));
  const prefix = said.filePrefix ?? unknown.prefix ?? (isKnownByFolder(unknown) ? '' : undefined);
  if (prefix === undefined) return refused(prefixMissing(unknown));
  if (unknown.isInSeveralFolders && folder === '/' && said.anyFolder !== true)
    return refused({
      vi: `'${prefix}' còn chờ khai báo trong các thư mục bên dưới '/': khai báo các thư mục đó trước, hoặc chọn mọi thư mục`,
      en: `'${prefix}' is pending in folders below '/' too: accept those first, or say that any folder is meant`,
    });

  const proposal = proposeStation(view, { ...unknown, prefix });
  const { code = proposal.code, kind = proposal.kind, facility = proposal.facility } = said;
  if (code === undefined)
    return refused({
      vi: 'cần nhập mã trạm: không suy ra được từ tiền tố tên tệp hoặc thư mục',
      en: 'give a code: none can be made of the file prefix or the folder',
    });
  if (kind === undefined)
    return refused({
      vi: 'cần chọn loại trạm: không suy ra được từ tiền tố và ký hiệu',
      en: 'give a kind: neither prefix nor symbols show it',
    });
  if (facility === undefined) {
    const known = [...view.facilities.keys()].join(', ');
    return refused({
      vi: `cần chọn cơ sở, một trong ${known}, hoặc cơ sở mới kèm tên`,
      en: `give a facility, one of ${known}, or a new one with its name`,
    });
  }
  if (view.stations.has(code))
    return refused({
      vi: `mã trạm '${code}' đã tồn tại; nhập mã khác`,
      en: `station '${code}' is there already; give another code`,
    });
  const facilities = withFacility(registry.facilities, facility, said.facilityName);
  if (facilities === undefined)
    return refused({
      vi: `cơ sở '${facility}' chưa khai báo; nhập tên cơ sở (facilityName) để thêm mới`,
      en: `facility '${facility}' is not in the registry; give facilityName to add it`,
    });

  const noTarget = said.targets?.find((target) => !view.targets.has(target));
  if (noTarget !== undefined) return refused(unknownTarget(noTarget, view.targets));

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
    return refused({
      vi: `với tiền tố '${prefix}', tệp '${exampleName}' không thuộc trạm: tiền tố phải là một từ trọn trong tên tệp`,
      en: `with the file prefix '${prefix}' the file '${exampleName}' would not be of the station: the prefix must stand in its name as a word`,
    });
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

function prefixMissing({ inCommon, exampleName }: UnknownStation): BilingualText {
  const [vi, en] =
    inCommon === undefined
      ? ['', '']
      : [
          `, '${inCommon}' nếu tất cả thuộc một trạm`,
          `, '${inCommon}' if they are all of one station`,
        ];
  return {
    vi: `cần nhập tiền tố tên tệp${vi}: tên các tệp ('${exampleName}') khác nhau, do số thứ tự hoặc do thuộc nhiều trạm`,
    en: `give a file prefix${en}: the names of the files ('${exampleName}') differ, by a running number or as those of several stations do`,
  };
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

function unknownTarget(code: string, targets: RegistryView['targets']): BilingualText {
  const names = [...targets.keys()].join(', ');
  const [vi, en] =
    targets.size === 0
      ? ['danh mục chưa có máy chủ nhận', 'it has none']
      : [`các máy chủ nhận: ${names}`, `it has ${names}`];
  return {
    vi: `máy chủ nhận '${code}' chưa khai báo; ${vi}`,
    en: `target '${code}' is not in the registry; ${en}`,
  };
}

function refused(reason: BilingualText): AcceptanceOutcome {
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
