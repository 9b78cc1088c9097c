import {
  TreeError,
  defaultMarkerEndings,
  defaultTemporaryNames,
  filePrefixesOf,
  isMarkerFile,
  isTemporaryName,
  type RegistrySource,
  type TemporaryNames,
} from '@envigate/domain';

/** A place in an account's tree, checked. */
export interface TreePath {
  /** Absolute, '/' for the root; without '.', '..', doubled or trailing slashes. */
  readonly path: string;
  /** The folder it lies in; '/' for the root itself. */
  readonly folder: string;
  /** '' for the root. */
  readonly name: string;
}

/** Endings of our own files beside parked ones; no client may use them. */
export const partialEnding = '.envigate-partial';
export const unfinishedEnding = '.envigate-unfinished';

/** What file systems take, less our longest ending. */
const maxNameBytes = 255 - unfinishedEnding.length;
const maxPathBytes = 1024;
const maxDepth = 32;
const controlCharacter = /[\u0000-\u001f\u007f]/;

/**
 * Checks a path that a server has resolved. Throws TreeError `bad-name` for anything that could
 * leave the tree or that a log line, a listing or a file system would misunderstand.
 */
export function parseTreePath(path: string): TreePath {
  if (path === '/') return { path, folder: '/', name: '' };
  const [root, ...names] = path.split('/');
  const name = names.at(-1);
  if (root !== '' || name === undefined) throw badName('a path begins with /');
  if (names.length > maxDepth) throw badName(`folders are at most ${maxDepth} deep`);
  if (Buffer.byteLength(path) > maxPathBytes)
    throw badName(`paths have at most ${maxPathBytes} bytes`);
  for (const part of names) checkName(part);
  return { path, folder: path.slice(0, -name.length - 1) || '/', name };
}

/** The path of `name` in `folder`. */
export function joinPath(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}

export function isBelow(path: string, folder: string): boolean {
  return folder === '/' ? path !== '/' : path.startsWith(`${folder}/`);
}

/** What `path`, which is `from` or lies below it, is called once `from` is called `to`. */
export function movedPath(path: string, from: string, to: string): string {
  return `${to}${path.slice(from.length)}`;
}

function checkName(name: string): void {
  if (name === '' || name === '.' || name === '..') throw badName(`'${name}' is no name`);
  if (controlCharacter.test(name)) throw badName('a name has no control characters');
  if (Buffer.byteLength(name) > maxNameBytes)
    throw badName(`names have at most ${maxNameBytes} bytes`);
  if (name.endsWith(partialEnding) || name.endsWith(unfinishedEnding)) {
    throw badName(`names ending like '${name}' are the gateway's own`);
  }
}

function badName(reason: string): TreeError {
  return new TreeError('bad-name', reason);
}

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
