import { readFile } from 'node:fs/promises';
import type { Target } from '@envigate/contracts';
import { DeliveryError, type ConnectMinistryTarget } from '@envigate/domain';
import { expandVariables } from '@envigate/runtime';
import { FolderTarget, type FolderSession } from './folder-target.ts';
import { FtpFolder } from './ftp-folder.ts';
import { HttpsTarget } from './https-target.ts';
import { SftpFolder } from './sftp-folder.ts';
import { TargetMemory } from './target-memory.ts';

export interface ConnectOptions {
  /** Limit of each network step. */
  readonly timeoutMs: number;
  /** Where `${NAME}` in a target's secret is looked up. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Makes the client that a target of the registry asks for; nothing is opened yet. A target that
 * cannot be used as it is, is a DeliveryError too: it stops this target only, until the
 * registry is put right.
 */
export function connectTo({ timeoutMs, env }: ConnectOptions): ConnectMinistryTarget {
  /** As many as the registry has had targets; each forgotten where its target is changed. */
  const memories = new Map<string, { readonly of: string; readonly memory: TargetMemory }>();
  const memoryOf = (target: Target): TargetMemory => {
    const of = JSON.stringify(target);
    const known = memories.get(target.code);
    if (known?.of === of) return known.memory;
    const memory = new TargetMemory(target);
    memories.set(target.code, { of, memory });
    return memory;
  };

  return (target) => {
    const url = parseUrl(target);
    if (target.kind === 'https')
      return new HttpsTarget({
        target: target.code,
        url,
        user: target.user,
        secret: secretOf(target, env),
        readCa: readable(target.caFile),
        timeoutMs,
      });
    const memory = memoryOf(target);
    const connect = connectToFolder(target, { timeoutMs, env }, memory);
    return new FolderTarget({ target: target.code, place: url.host, connect, memory });
  };
}

/** How to open a session in the folder of a target of any kind but https. Throws as connectTo does. */
export function connectToFolder(
  target: Target,
  { timeoutMs, env }: ConnectOptions,
  memory = new TargetMemory(target),
): () => { readonly session: FolderSession; readonly ready: Promise<void> } {
  const { kind, user, hostKeys } = target;
  if (kind === 'https') throw unusable(target, 'an https inlet has no folder');
  const url = parseUrl(target);
  const access = {
    host: hostOf(url),
    port: url.port === '' ? defaultPorts[kind] : Number(url.port),
    folder: folderOf(url),
    user,
    secret: secretOf(target, env),
  };
  if (kind === 'sftp') {
    if (hostKeys === undefined) throw unusable(target, 'hostKeys must be pinned for sftp');
    const readKey = readable(target.privateKeyFile);
    return () => {
      const session = new SftpFolder(timeoutMs);
      const logIn = async (): Promise<void> =>
        session.open({ ...access, hostKeys, privateKey: await readKey?.() });
      return { session, ready: logIn() };
    };
  }
  const readCa = readable(target.caFile);
  return () => {
    const session = new FtpFolder(timeoutMs, memory);
    const logIn = async (): Promise<void> =>
      session.open({ ...access, tls: kind === 'ftps' ? { ca: await readCa?.() } : undefined });
    return { session, ready: logIn() };
  };
}

const defaultPorts = { ftp: 21, ftps: 21, sftp: 22 } as const;

/** Without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** How to read a file that the registry names; undefined where it names none. */
export const readable = (file: string | undefined): (() => Promise<string>) | undefined =>
  file === undefined ? undefined : () => readFile(file, 'utf8');

/** As in every FTP client, `/~/in` is below the folder that the login leads to. */
function folderOf({ pathname }: URL): string | undefined {
  const folder = decodeURIComponent(pathname).replace(/^\/~\//, '');
  return folder === '' || folder === '/' || folder === '/~' ? undefined : folder;
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
