import type {
  Account,
  DropFolder,
  Facility,
  Parameter,
  Registry,
  RemoteSite,
  Station,
  Target,
} from '@envigate/contracts';

export type RegistryKind =
  'facility' | 'parameter' | 'station' | 'account' | 'target' | 'remote-site' | 'drop-folder';

export interface RegistryItem {
  readonly kind: RegistryKind;
  readonly code: string;
  readonly body: Facility | Parameter | Station | Account | Target | RemoteSite | DropFolder;
}

/** What an import does to the items it finds. Items of equal content stay as they are. */
export interface RegistryDiff {
  readonly added: readonly RegistryItem[];
  readonly changed: readonly RegistryItem[];
  readonly removed: readonly RegistryItem[];
}

/** In the order of the document. */
export function itemsOf(registry: Registry): readonly RegistryItem[] {
  const items = (kind: RegistryKind, bodies: readonly RegistryItem['body'][]): RegistryItem[] =>
    bodies.map((body) => ({ kind, code: body.code, body }));
  return [
    ...items('facility', registry.facilities),
    ...items('parameter', registry.parameters),
    ...items('target', registry.targets),
    ...items('station', registry.stations),
    ...items('account', registry.accounts),
    ...items('remote-site', registry.remoteSites ?? []),
    ...items('drop-folder', registry.dropFolders ?? []),
  ];
}

/** The document again; items of a kind by code. */
export function registryOf(items: readonly RegistryItem[]): Registry {
  const bodies = <T extends RegistryItem['body']>(kind: RegistryKind): T[] =>
    items
      .filter((item) => item.kind === kind)
      .map((item) => item.body as T)
      .sort((a, b) => (a.code < b.code ? -1 : 1));
  const remoteSites = bodies<RemoteSite>('remote-site');
  const dropFolders = bodies<DropFolder>('drop-folder');
  return {
    facilities: bodies<Facility>('facility'),
    parameters: bodies<Parameter>('parameter'),
    targets: bodies<Target>('target'),
    stations: bodies<Station>('station'),
    accounts: bodies<Account>('account'),
    ...(remoteSites.length > 0 && { remoteSites }),
    ...(dropFolders.length > 0 && { dropFolders }),
  };
}

/** `next` is the whole registry: an item that it lacks is removed. */
export function diffRegistry(
  current: readonly RegistryItem[],
  next: readonly RegistryItem[],
): RegistryDiff {
  const name = ({ kind, code }: RegistryItem): string => `${kind} ${code}`;
  const before = new Map(current.map((item) => [name(item), item]));
  const after = new Map(next.map((item) => [name(item), item]));
  const added = next.filter((item) => !before.has(name(item)));
  const removed = current.filter((item) => !after.has(name(item)));
  const changed = next.filter((item) => {
    const known = before.get(name(item));
    return known !== undefined && canonicalJson(known.body) !== canonicalJson(item.body);
  });
  return { added, changed, removed };
}

/** Keys in order, as jsonb does not keep the order they were written in. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
