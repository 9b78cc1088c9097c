import type { Configuration } from '@envigate/contracts';
import { listSettings } from './configuration/environment.ts';

/** A server could not listen; the message says what, where and why in one line. */
export class ListenError extends Error {
  readonly code = 'cannot-listen';
  readonly retryable = false;
  readonly port: number;

  constructor(what: string, { host, port }: { host: string; port: number }, cause: unknown) {
    super(`${what} cannot listen on ${host} port ${port}: ${reasonOf(cause)}`, { cause });
    this.name = 'ListenError';
    this.port = port;
  }
}

function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  switch (code) {
    case 'EADDRINUSE':
      return 'another program has this port in use';
    case 'EACCES':
      return 'a port below 1024 needs a privilege this process does not have';
    case 'EADDRNOTAVAIL':
      return 'this machine has no such address';
    default:
      return code ?? message;
  }
}

/** The environment variables of the ports that have this number in the configuration. */
export function variablesOfPort(port: number, config: Configuration): readonly string[] {
  return listSettings()
    .filter(({ path }) => path.at(-1)?.toLowerCase().endsWith('port') === true)
    .filter(({ path }) => valueAt(config, path) === port)
    .map(({ variable }) => variable);
}

function valueAt(config: Configuration, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Readonly<Record<string, unknown>> | undefined)?.[key],
    config,
  );
}
