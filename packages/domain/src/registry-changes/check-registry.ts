import type { Fault, Parameter, Registry, Station, Target } from '@envigate/contracts';
import { checkRules } from '../assessment/check-rules.ts';
import { parseAddressBlock } from '../reception/address-block.ts';
import { checkProfile, type Report } from './check-profile.ts';
import { checkValueRules } from './check-value-rules.ts';
import { lookupKey } from '../texts/lookup-key.ts';
import { prefixesOfStation } from '../registry/registry-index.ts';
import { folderPattern } from '../registry/station-folders.ts';

/**
 * What the schema cannot say: codes that name nothing, codes and spellings that name two things.
 * Empty where the registry is whole. Paths are JSON pointers into it.
 */
export function checkRegistry(registry: Registry): Fault[] {
  const faults: Fault[] = [];
  const fault = (path: string, expected: string) => faults.push({ path, expected });
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
    if (!codes[section].has(code)) fault(path, `has the unknown ${section} code '${code}'`);
  };

  checkSpellings(registry.parameters, fault);
  faults.push(...checkValueRules(registry));
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
        fault(
          `/accounts/${i}/allowedAddresses/${j}`,
          `must be an IP address or a CIDR block, not '${text}'`,
        );
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
    if (site.afterTaking === 'move' && site.moveTo === undefined)
      fault(path, 'must say moveTo where afterTaking is move');
    if (site.kind === 'sftp' && site.hostKeys === undefined)
      fault(path, 'must pin hostKeys where kind is sftp');
  });
  registry.dropFolders?.forEach((folder, i) => {
    const path = `/dropFolders/${i}`;
    if (folder.account !== undefined) mustExist('accounts', folder.account, `${path}/account`);
    if (folder.afterTaking === 'move' && folder.moveTo === undefined)
      fault(path, 'must say moveTo where afterTaking is move');
  });
  faults.push(...checkRules(registry.rules ?? [], registry));
  return faults;
}

function checkTarget(target: Target, path: string, fault: Report): void {
  const { kind, url, hostKeys, upload, temporaryName } = target;
  if (!url.toLowerCase().startsWith(`${kind}://`))
    fault(`${path}/url`, `must begin with ${kind}:// where kind is ${kind}, '${url}' does not`);
  if (kind === 'sftp' && hostKeys === undefined)
    fault(path, 'must pin hostKeys where kind is sftp (ssh-keyscan HOST | ssh-keygen -lf -)');
  if (kind === 'https' && (upload !== undefined || temporaryName !== undefined))
    fault(path, 'must not say upload or temporaryName where kind is https');
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
        const expected = `must not share the file prefix '${prefix}' between '${owner.code}' and '${station.code}', unless each has folders of its own`;
        fault(path, expected);
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
    if (codes.has(code)) fault(`/${section}/${i}/code`, `must be unique, '${code}' is not`);
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
        fault(`/parameters/${i}`, `must not use '${spelling}', which means '${owner}'`);
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
    if (parameters.has(parameter))
      fault(`${here}/parameter`, `must be unique, '${parameter}' is not`);
    parameters.add(parameter);
    if (mapping !== undefined) {
      const text = mapping.normalize('NFC');
      if (mappings.has(text)) fault(`${here}/mapping`, `must be unique, '${mapping}' is not`);
      mappings.add(text);
    }
    if (min !== undefined && max !== undefined && min > max) {
      fault(`${here}/min`, `must not be above max (${max})`);
    }
  });
}
