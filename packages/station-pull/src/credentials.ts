import { readFile } from 'node:fs/promises';
import type { RemoteSite } from '@envigate/contracts';
import { RemoteSiteError } from '@envigate/domain';
import { expandVariables, messageOf } from '@envigate/runtime';

/** The secret of a site, in the clear. Throws RemoteSiteError; its message never holds the secret. */
export function secretOf(site: RemoteSite, env: NodeJS.ProcessEnv): string | undefined {
  if (site.secret === undefined) return undefined;
  try {
    return expandVariables(site.secret, env);
  } catch (error) {
    throw unusable(site, messageOf(error), { cause: error });
  }
}

/** A file that the registry names: a private key, a certificate. Rejects with RemoteSiteError. */
export async function fileOf(site: RemoteSite, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw unusable(site, messageOf(error), { cause: error });
  }
}

/** The registry's entry cannot be used as it is; it stops this site only. */
export function unusable(site: RemoteSite, why: string, options?: ErrorOptions): RemoteSiteError {
  return new RemoteSiteError('site-unusable', `remote site ${site.code}: ${why}`, options);
}
