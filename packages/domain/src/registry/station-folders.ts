import type { Station } from '@envigate/contracts';
import { namesOf, normaliseFolder, stationFolder } from '../file-names/folders.ts';

/**
 * A folder of the registry, ready to be compared. `/S1`, `/S1/` and `/S1/*` are the same: the folder
 * and all below it. Within a name `*` is any text and `?` one character; case does not matter.
 */
export interface FolderPattern {
  /** One form for all spellings of a pattern. */
  readonly key: string;
  /** How particular it is: of two that match, the one with the higher figure counts. */
  readonly rank: number;
  matches(names: readonly string[]): boolean;
}

export function folderPattern(text: string): FolderPattern {
  const names = [...namesOf(text.toLowerCase())];
  while (names.at(-1) === '*') names.pop();
  const tests = names.map(nameTest);
  const literals = names.join('').replace(/[*?]/g, '').length;
  return {
    key: `/${names.join('/')}`,
    // A path has at most 1,024 characters: the number of names goes first.
    rank: names.length * 2_048 + literals,
    matches: (folder) =>
      folder.length >= tests.length && tests.every((test, i) => test(folder[i] ?? '')),
  };
}

function nameTest(pattern: string): (name: string) => boolean {
  if (!/[*?]/.test(pattern)) return (name) => name === pattern;
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`, 'su');
  return (name) => expression.test(name);
}

/** Whether a station's files lie in folders of its own. */
export function hasFolders({ folders }: Pick<Station, 'folders'>): boolean {
  return folders !== undefined && folders.length > 0;
}

/**
 * Which stations have their files in a folder, and how particularly each says so. Patterns are
 * compared with the folder as it is and without its days and months.
 */
export class StationFolders {
  readonly #stations: readonly {
    readonly station: Station;
    readonly patterns: readonly FolderPattern[];
  }[];
  readonly #found = new Map<string, ReadonlyMap<Station, number>>();

  constructor(stations: readonly Station[]) {
    this.#stations = stations
      .filter(hasFolders)
      .map((station) => ({ station, patterns: (station.folders ?? []).map(folderPattern) }));
  }

  /** By station, the rank of its best pattern; only of stations that have one for the folder. */
  at(folder: string): ReadonlyMap<Station, number> {
    if (this.#stations.length === 0) return none;
    const known = this.#found.get(folder);
    if (known !== undefined) return known;
    const found = this.#find(folder);
    if (this.#found.size >= maxRemembered) this.#found.clear();
    this.#found.set(folder, found);
    return found;
  }

  #find(folder: string): ReadonlyMap<Station, number> {
    const forms = [normaliseFolder(folder), stationFolder(folder)].map((form) =>
      namesOf(form.toLowerCase()),
    );
    const found = new Map<Station, number>();
    for (const { station, patterns } of this.#stations) {
      const ranks = patterns
        .filter((pattern) => forms.some((names) => pattern.matches(names)))
        .map(({ rank }) => rank);
      if (ranks.length > 0) found.set(station, Math.max(...ranks));
    }
    return found;
  }
}

const none: ReadonlyMap<Station, number> = new Map();

/** Loggers make a folder a day at most, and a stranger any number. */
const maxRemembered = 1000;
