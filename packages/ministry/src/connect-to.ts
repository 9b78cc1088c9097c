import { readFile } from 'node:fs/promises';
import type { Target } from '@envigate/contracts';
import { DeliveryError, type ConnectMinistryTarget } from '@envigate/domain';
import { expandVariables } from '@envigate/runtime';
import { FtpTarget } from './ftp-target.ts';
import { HttpsTarget } from './https-target.ts';

export interface ConnectOptions {
  /** Limit of each network step. */
  readonly timeoutMs: number;
  /** Where `${NAME}` in a target's secret is looked up. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Makes the client that a target of the registry asks for; nothing is opened yet. A target that
 * cannot be used as it stands is a DeliveryError too: it stops this target only, until the
 * registry is put right.
 */
export function connectTo({ timeoutMs, env }: ConnectOptions): ConnectMinistryTarget {
  return (target) => {
    const url = parseUrl(target);
    const account = { user: target.user, secret: secretOf(target, env) };
    switch (target.kind) {
      case 'ftp':
        return new FtpTarget({ target: target.code, url, ...account, timeoutMs });
      case 'https': {
        const { caFile } = target;
        return new HttpsTarget({
          target: target.code,
          url,
          ...account,
          readCa: caFile === undefined ? undefined : () => readFile(caFile, 'utf8'),
          timeoutMs,
        });
      }
    }
  };
}

function parseUrl(target: Target): URL {
  const expected = `${target.kind}:`;
  const url = URL.canParse(target.url) ? new URL(target.url) : undefined;
  if (url?.protocol === expected && url.hostname !== '') return url;
  throw unusable(target, `its url must be ${expected}//host:port/…, not '${target.url}'`);
}

function secretOf(target: Target, env: NodeJS.ProcessEnv): string | undefined {
  if (target.secret === undefined) return undefined;
  try {
    return expandVariables(target.secret, env);
  } catch (error) {
    throw unusable(target, (error as Error).message, { cause: error });
  }
}

function unusable(target: Target, why: string, options?: ErrorOptions): DeliveryError {
  return new DeliveryError('ministry-unreachable', `target ${target.code}: ${why}`, {
    ...options,
    inDoubt: false,
  });
}
