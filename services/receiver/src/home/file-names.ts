import {
  defaultMarkerEndings,
  defaultTemporaryNames,
  filePrefixesOf,
  isMarkerFile,
  isTemporaryName,
  type RegistrySource,
  type TemporaryNames,
} from '@envigate/domain';

export interface FileNamesOptions {
  /** Knows the file prefixes of each account's stations; default: none are known. */
  readonly registry?: RegistrySource;
  readonly temporaryNames?: TemporaryNames;
  readonly markerEndings?: readonly string[];
}

/** What a file's name means, by the configuration and the present registry. */
export class FileNames {
  readonly #registry: RegistrySource | undefined;
  readonly #temporary: TemporaryNames;
  readonly #markerEndings: readonly string[];

  constructor(options: FileNamesOptions = {}) {
    this.#registry = options.registry;
    const { beginnings, endings } = options.temporaryNames ?? defaultTemporaryNames;
    this.#temporary = { beginnings: beginnings.map(lower), endings: endings.map(lower) };
    this.#markerEndings = (options.markerEndings ?? defaultMarkerEndings).map(lower);
  }

  /** Whether the account's file has a temporary name: its sender renames it when it is complete. */
  isTemporary(account: string, name: string): boolean {
    return isTemporaryName(name, this.#temporary, () =>
      this.#registry === undefined ? [] : filePrefixesOf(this.#registry.current(), account),
    );
  }

  /** Whether the file only marks another file as complete or locked, and holds no data. */
  isMarker(name: string, size: number): boolean {
    return isMarkerFile(name, size, this.#markerEndings);
  }
}

function lower(text: string): string {
  return text.toLowerCase();
}
