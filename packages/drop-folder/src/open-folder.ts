import { closeSync, constants, existsSync, openSync, readdirSync, realpathSync } from 'node:fs';

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants;

/** Linux reaches what lies in an open folder by a path through its handle, as openat does. */
const handlePaths = '/proc/self/fd';
const hasHandlePaths = existsSync(handlePaths);

/**
 * A folder held open. Whoever puts files into a drop folder may put links there too, and exchange
 * a folder for a link between two of our calls: so each step down is one call that follows none,
 * and entries are reached through the handle. Where the system has no paths for that (not Linux),
 * the path is used as it was.
 *
 * Names are one character per byte, as in DropFile.
 */
export class OpenFolder {
  readonly #handle: number;
  readonly #path: string;

  private constructor(handle: number, path: string) {
    this.#handle = handle;
    this.#path = hasHandlePaths ? `${handlePaths}/${handle}` : path;
  }

  /** The drop folder itself may be reached by links: the operator named it. Throws where it is away. */
  static root(path: string): OpenFolder {
    const real = realpathSync.native(path, { encoding: 'buffer' }).toString('latin1');
    return OpenFolder.#open(real);
  }

  /** Throws where a part of the way is missing or no folder. */
  static below(root: string, folder: string): OpenFolder {
    let open = OpenFolder.root(root);
    for (const name of folder.split('/').filter((part) => part !== '')) {
      try {
        const next = open.open(name);
        open.close();
        open = next;
      } catch (error) {
        open.close();
        throw error;
      }
    }
    return open;
  }

  static #open(path: string): OpenFolder {
    return new OpenFolder(openSync(pathOf(path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path);
  }

  open(name: string): OpenFolder {
    return OpenFolder.#open(`${this.#path}/${name}`);
  }

  entries(): string[] {
    return readdirSync(pathOf(this.#path), { encoding: 'latin1' });
  }

  at(name: string): string | Buffer {
    return pathOf(`${this.#path}/${name}`);
  }

  close(): void {
    closeSync(this.#handle);
  }
}

/** For calls of node:fs. */
export function pathOf(bytes: string): string | Buffer {
  return isAscii.test(bytes) ? bytes : Buffer.from(bytes, 'latin1');
}

const isAscii = /^[\u0000-\u007f]*$/;
