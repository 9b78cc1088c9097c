import {
  faultAt,
  registrySchema,
  type BilingualText,
  type Fault,
  type Parameter,
  type Registry,
  type Station,
  type Target,
} from '@envigate/contracts';
import {
  aboveMax,
  checkProfile,
  checkIntervals,
  checkRules,
  checkValueRules,
  notUnique,
  type Report,
} from './check-items.ts';
import { parseAddressBlock } from '../reception/account-access.ts';
import { lookupKey } from '../texts/lookup-key.ts';
import { prefixesOfStation } from '../registry/registry-view.ts';
import { folderPattern } from '../registry/station-folders.ts';
import { diffRegistry } from './registry-diff.ts';
import {
  itemName,
  itemSchema,
  itemsOf,
  registrySections,
  sectionOf,
  unknownCode,
  type RegistryBody,
  type RegistrySection,
} from './registry-schema.ts';
import { pointerKeys } from './show-registry.ts';

/**
 * What the schema cannot say: codes that name nothing, codes and spellings that name two things.
 * Empty where the registry is whole. Paths are JSON pointers into it.
 */
export function checkRegistry(registry: Registry): Fault[] {
  const faults: Fault[] = [];
  const fault: Report = (path, expected) => void faults.push(faultAt(path, expected));
  const codes = {
    facilities: codesOf('facilities', registry.facilities, fault),
    parameters: codesOf('parameters', registry.parameters, fault),
    stations: codesOf('stations', registry.stations, fault),
    accounts: codesOf('accounts', registry.accounts, fault),
    targets: codesOf('targets', registry.targets, fault),
    profiles: codesOf('profiles', registry.profiles ?? [], fault),
  };
  codesOf('remoteSites', registry.remoteSites ?? [], fault);
  codesOf('dropFolders', registry.dropFolders ?? [], fault);
  codesOf('rules', registry.rules ?? [], fault);
  const mustExist = (section: keyof typeof codes, code: string, path: string) => {
    if (!codes[section].has(code)) fault(path, unknownCode(section, code));
  };

  checkSpellings(registry.parameters, fault);
  faults.push(...checkValueRules(registry));
  faults.push(...checkIntervals(registry.stations));
  registry.stations.forEach((station, i) => {
    const path = `/stations/${i}`;
    mustExist('facilities', station.facility, `${path}/facility`);
    station.targets?.forEach((code, j) => mustExist('targets', code, `${path}/targets/${j}`));
    station.parameters?.forEach((item, j) =>
      mustExist('parameters', item.parameter, `${path}/parameters/${j}/parameter`),
    );
    station.profiles?.forEach((code, j) => mustExist('profiles', code, `${path}/profiles/${j}`));
    checkStationParameters(station, path, fault);
  });

  const stations = new Map(registry.stations.map((station) => [station.code, station]));
  registry.accounts.forEach((account, i) => {
    const path = `/accounts/${i}/stations`;
    account.stations.forEach((code, j) => mustExist('stations', code, `${path}/${j}`));
    account.profiles?.forEach((code, j) =>
      mustExist('profiles', code, `/accounts/${i}/profiles/${j}`),
    );
    account.allowedAddresses?.forEach((text, j) => {
      if (parseAddressBlock(text) === undefined)
        fault(`/accounts/${i}/allowedAddresses/${j}`, {
          vi: `phải là địa chỉ IP hoặc dải địa chỉ CIDR; giá trị hiện tại '${text}'`,
          en: `must be an IP address or a CIDR block, not '${text}'`,
        });
    });
    const own = [...new Set(account.stations)].flatMap((code) => stations.get(code) ?? []);
    checkPrefixes(own, path, fault);
  });
  registry.profiles?.forEach((profile, i) => {
    checkProfile(profile, `/profiles/${i}`, fault);
  });
  registry.targets.forEach((target, i) => checkTarget(target, `/targets/${i}`, fault));
  registry.remoteSites?.forEach((site, i) => {
    const path = `/remoteSites/${i}`;
    mustExist('accounts', site.account, `${path}/account`);
    if (site.afterTaking === 'move' && site.moveTo === undefined) fault(path, moveToMissing);
    if (site.kind === 'sftp' && site.hostKeys === undefined)
      fault(path, {
        vi: 'phải có hostKeys khi kind là sftp',
        en: 'must pin hostKeys where kind is sftp',
      });
  });
  registry.dropFolders?.forEach((folder, i) => {
    const path = `/dropFolders/${i}`;
    if (folder.account !== undefined) mustExist('accounts', folder.account, `${path}/account`);
    if (folder.afterTaking === 'move' && folder.moveTo === undefined) fault(path, moveToMissing);
  });
  faults.push(...checkRules(registry.rules ?? [], registry));
  return faults;
}

const moveToMissing: BilingualText = {
  vi: 'phải có moveTo khi afterTaking là move',
  en: 'must say moveTo where afterTaking is move',
};

function checkTarget(target: Target, path: string, fault: Report): void {
  const { kind, url, hostKeys, upload, temporaryName } = target;
  if (!url.toLowerCase().startsWith(`${kind}://`))
    fault(`${path}/url`, {
      vi: `phải bắt đầu bằng ${kind}:// khi kind là ${kind}; giá trị hiện tại '${url}'`,
      en: `must begin with ${kind}:// where kind is ${kind}, '${url}' does not`,
    });
  if (kind === 'sftp' && hostKeys === undefined)
    fault(path, {
      vi: 'phải có hostKeys khi kind là sftp (ssh-keyscan HOST | ssh-keygen -lf -)',
      en: 'must pin hostKeys where kind is sftp (ssh-keyscan HOST | ssh-keygen -lf -)',
    });
  if (kind === 'https' && (upload !== undefined || temporaryName !== undefined))
    fault(path, {
      vi: 'không được khai báo upload hoặc temporaryName khi kind là https',
      en: 'must not say upload or temporaryName where kind is https',
    });
}

/** A prefix must not mean two stations of an account, unless their folders distinguish them. */
function checkPrefixes(stations: readonly Station[], path: string, fault: Report): void {
  const owners = new Map<string, Station[]>();
  for (const station of stations) {
    for (const prefix of prefixesOfStation(station)) {
      const key = lookupKey(prefix);
      const sharing = owners.get(key) ?? [];
      owners.set(key, [...sharing, station]);
      for (const owner of sharing) {
        if (owner === station || areApart(owner, station)) continue;
        fault(path, {
          vi: `không được dùng chung tiền tố tên tệp '${prefix}' cho trạm '${owner.code}' và '${station.code}', trừ khi mỗi trạm có folders riêng`,
          en: `must not share the file prefix '${prefix}' between '${owner.code}' and '${station.code}', unless each has folders of its own`,
        });
      }
    }
  }
}

function areApart({ folders: some = [] }: Station, { folders: others = [] }: Station): boolean {
  const keys = new Set(some.map((folder) => folderPattern(folder).key));
  return (
    some.length > 0 &&
    others.length > 0 &&
    others.every((folder) => !keys.has(folderPattern(folder).key))
  );
}

function codesOf(
  section: string,
  items: readonly { readonly code: string }[],
  fault: Report,
): ReadonlySet<string> {
  const codes = new Set<string>();
  items.forEach(({ code }, i) => {
    if (codes.has(code)) fault(`/${section}/${i}/code`, notUnique(code));
    codes.add(code);
  });
  return codes;
}

/**
 * A spelling must not mean two parameters. Spellings that only share a key (CO, Co) may: they are
 * then distinguished as written.
 */
function checkSpellings(parameters: readonly Parameter[], fault: Report): void {
  const owners = new Map<string, string>();
  parameters.forEach(({ code, symbol, aliases = [] }, i) => {
    for (const spelling of new Set([code, symbol, ...aliases])) {
      const text = spelling.normalize('NFC');
      const owner = owners.get(text);
      if (owner !== undefined && owner !== code) {
        fault(`/parameters/${i}`, {
          vi: `không được dùng '${spelling}', đã là ký hiệu của '${owner}'`,
          en: `must not use '${spelling}', which means '${owner}'`,
        });
      }
      owners.set(text, code);
    }
  });
}

function checkStationParameters(station: Station, path: string, fault: Report): void {
  const parameters = new Set<string>();
  const mappings = new Set<string>();
  station.parameters?.forEach(({ parameter, mapping, min, max }, i) => {
    const here = `${path}/parameters/${i}`;
    if (parameters.has(parameter)) fault(`${here}/parameter`, notUnique(parameter));
    parameters.add(parameter);
    if (mapping !== undefined) {
      const text = mapping.normalize('NFC');
      if (mappings.has(text)) fault(`${here}/mapping`, notUnique(mapping));
      mappings.add(text);
    }
    if (min !== undefined && max !== undefined && min > max) {
      fault(`${here}/min`, aboveMax(max));
    }
  });
}

/**
 * What is wrong with a step from one registry to the next, where each by itself is whole. Paths
 * are JSON pointers into `next`.
 *
 * An item that has a version (a rule) must raise it with every change: what was judged by the old
 * one is marked with its number.
 */
export function checkRegistryChange(current: Registry, next: Registry): readonly Fault[] {
  const { changed } = diffRegistry(itemsOf(current), itemsOf(next));
  return changed.flatMap(({ kind, code, before, body }): readonly Fault[] => {
    if (itemSchema(kind).properties?.['version'] === undefined) return [];
    const [from, to] = [versionOf(before), versionOf(body)];
    if (to > from) return [];
    const section = sectionOf(kind);
    const index = (next[section] ?? []).findIndex((item) => item.code === code);
    const expected = {
      vi: `phải lớn hơn ${from}, là phiên bản hiện tại của ${itemName(kind)} này`,
      en: `must be above ${from}, the version of the ${kind} that this one changes`,
    };
    return [faultAt(`/${section}/${index}/version`, expected)];
  });
}

function versionOf(body: object): number {
  return Number((body as { readonly version?: unknown }).version ?? 0);
}

/**
 * What checkRegistry says of a document that the schema refuses, as far as it can be said: of the
 * items without a fault of their own, so that a person sees both kinds at once. Nothing is said of
 * references to the items left out, nor where a section is missing or is no list.
 */
export function checkSoundItems(
  document: unknown,
  schemaFaults: readonly Fault[],
): readonly Fault[] {
  const sections = sectionsOf(document);
  if (sections === undefined) return [];
  const faulty = new Set(schemaFaults.map(({ path }) => pointerKeys(path).slice(0, 2).join('/')));
  const places = new Map<RegistrySection, number[]>();
  const leftOut = new Set<unknown>();
  const sound = sections.map(([section, items]) => {
    const kept = items.flatMap((item, i): [number, RegistryBody][] => {
      if (!faulty.has(`${section}/${i}`)) return [[i, item as RegistryBody]];
      leftOut.add((item as { readonly code?: unknown } | null)?.code);
      return [];
    });
    places.set(
      section,
      kept.map(([i]) => i),
    );
    return [section, kept.map(([, item]) => item)] as const;
  });
  const registry = Object.fromEntries(sound) as unknown as Registry;
  return checkRegistry(registry).flatMap((fault) => {
    const [section = '', index = '', ...within] = pointerKeys(fault.path);
    if (leftOut.has(valueAt(registry, [section, index, ...within]))) return [];
    const at = places.get(section as RegistrySection)?.[Number(index)];
    return [{ ...fault, path: `/${[section, at ?? index, ...within].join('/')}` }];
  });
}

function sectionsOf(
  document: unknown,
): readonly (readonly [RegistrySection, readonly unknown[]])[] | undefined {
  if (typeof document !== 'object' || document === null) return undefined;
  const fields = document as Readonly<Record<string, unknown>>;
  const required: readonly string[] = registrySchema.required;
  const sections = registrySections
    .map(({ section }) => [section, fields[section]] as const)
    .filter(([section, items]) => items !== undefined || required.includes(section));
  return sections.every((entry): entry is [RegistrySection, unknown[]] => Array.isArray(entry[1]))
    ? sections
    : undefined;
}

function valueAt(document: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (value, key) => (value as Readonly<Record<string, unknown>> | undefined)?.[key],
    document,
  );
}
