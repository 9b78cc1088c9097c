import { readFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { connect as connectTls } from 'node:tls';
import type { Target } from '@envigate/contracts';
import {
  DeliveryError,
  type ConnectMinistryTarget,
  type DeliveryOutcome,
  type MinistryFile,
  type MinistryTarget,
} from '@envigate/domain';
import { DeadlineError, expectedServer, messageOf, readSecret } from '@envigate/runtime';
import { FtpFolder, Refusal, SftpFolder, type RemoteFolder } from '@envigate/remote-folder';
import { deliverKept } from './delivery.ts';
import { HttpsTarget } from './https-target.ts';
import { placeFile } from './place-file.ts';
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
function connectToFolder(
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
    const session = new FtpFolder(timeoutMs, memory.ftp);
    const logIn = async (): Promise<void> =>
      session.open({ ...access, tls: kind === 'ftps' ? { ca: await readCa?.() } : undefined });
    return { session, ready: logIn() };
  };
}

export const defaultPorts = { ftp: 21, ftps: 21, sftp: 22 } as const;

/** Without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** How to read a file that the registry names; undefined where it names none. */
const readable = (file: string | undefined): (() => Promise<string>) | undefined =>
  file === undefined ? undefined : () => readFile(file, 'utf8');

/** As in every FTP client, `/~/in` is below the folder that the login leads to. */
export function folderOf({ pathname }: URL): string | undefined {
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
  return readSecret(target.secret, env, (why, options) => unusable(target, why, options));
}

function unusable(target: Target, why: string, options?: ErrorOptions): DeliveryError {
  return new DeliveryError('ministry-unreachable', `target ${target.code}: ${why}`, {
    ...options,
    inDoubt: false,
  });
}

export interface FolderSession extends RemoteFolder {
  readonly isEnded: boolean;
  /** Drops the connection at once. Safe to call twice. */
  end(): void;
}

interface FolderTargetOptions {
  readonly target: string;
  /** For errors: host and port. */
  readonly place: string;
  /** A session that is not logged in yet, and its login. */
  readonly connect: () => { readonly session: FolderSession; readonly ready: Promise<void> };
  readonly memory: TargetMemory;
}

/**
 * An inlet that is a folder of the ministry's: FTP, FTPS, SFTP. The session is kept from file to
 * file; after anything but a clear answer it is dropped, as no library is to be trusted then.
 */
class FolderTarget implements MinistryTarget {
  readonly #options: FolderTargetOptions;
  #session: FolderSession | undefined;
  #closed = false;

  constructor(options: FolderTargetOptions) {
    this.#options = options;
  }

  deliver(file: MinistryFile): Promise<DeliveryOutcome> {
    return deliverKept(
      {
        kept: () => this.#session,
        open: () => this.#open(),
        deliverOver: (session, each) => this.#deliverOver(session, each),
        mayHaveEndedIdle: (error): error is DeliveryError => !this.#closed && isSessionLoss(error),
      },
      file,
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#drop();
  }

  async #deliverOver(session: FolderSession, file: MinistryFile): Promise<DeliveryOutcome> {
    try {
      return await placeFile(session, file, this.#options.memory);
    } catch (error) {
      if (!leavesSessionGood(error)) this.#drop();
      throw this.#failed('transfer-failed', `${file.name} could not be sent`, error);
    }
  }

  async #open(): Promise<FolderSession> {
    if (this.#closed) throw this.#failed('ministry-unreachable', 'not connected', 'closed');
    const { connect, place } = this.#options;
    const { session, ready } = connect();
    this.#session = session; // so that `close` ends a login, too
    try {
      await ready;
      return session;
    } catch (error) {
      this.#drop();
      throw this.#failed('ministry-unreachable', `cannot log in at ${place}`, error);
    }
  }

  #drop(): void {
    this.#session?.end();
    this.#session = undefined;
  }

  #failed(code: DeliveryError['code'], what: string, cause: unknown): DeliveryError {
    const known = cause instanceof DeliveryError ? cause : undefined;
    return new DeliveryError(code, `target ${this.#options.target}: ${what}: ${messageOf(cause)}`, {
      cause: known === undefined ? cause : known.cause,
      refusesFile: known?.refusesFile ?? false,
      // An error that the server itself reports is an answer: it did not take the file.
      inDoubt: known?.inDoubt ?? (code === 'transfer-failed' && !(cause instanceof Refusal)),
    });
  }
}

function leavesSessionGood(error: unknown): boolean {
  if (!(error instanceof DeliveryError)) return false;
  const { cause } = error;
  if (cause === undefined) return true;
  // Where the folder is gone a new session makes it again.
  return cause instanceof Refusal && cause.isForGood && cause.meaning !== 'missing';
}

/** The session ended, rather than that the server answered something or, in time, nothing. */
function isSessionLoss(error: unknown): error is DeliveryError {
  if (!(error instanceof DeliveryError)) return false;
  const { cause } = error;
  if (cause instanceof Refusal) return cause.meaning === 'session-ended';
  return cause !== undefined && !(cause instanceof DeadlineError);
}

export interface ProbeStep {
  readonly step: string;
  /** Absent: it was not tried, and `detail` says why. */
  readonly isDone?: boolean;
  /** What the server said, or why it failed. */
  readonly detail: string;
}

export interface ProbeOptions extends ConnectOptions {
  /** Also stores, renames and removes a small file of its own. */
  readonly upload: boolean;
}

/**
 * Tries a target with the client that the forwarder uses, and reports each step; the first that fails
 * is the last. A folder that is missing is made, as by the forwarder; without `upload` no file is
 * sent. What the probe stored is removed whatever happens afterwards, as far as the server allows.
 */
export function probeTarget(target: Target, options: ProbeOptions): AsyncGenerator<ProbeStep> {
  return target.kind === 'https' ? probeHttps(target, options) : probeFolder(target, options);
}

const noAnswer = 'done';

async function tryStep(step: string, work: () => Promise<string | undefined>): Promise<ProbeStep> {
  try {
    return { step, isDone: true, detail: (await work()) ?? noAnswer };
  } catch (error) {
    return { step, isDone: false, detail: messageOf(error) };
  }
}

async function* probeFolder(target: Target, options: ProbeOptions): AsyncGenerator<ProbeStep> {
  let session: FolderSession | undefined;
  const opened = await tryStep(`connect to ${target.url}, log in, open the folder`, async () => {
    const connection = connectToFolder(target, options)();
    session = connection.session;
    await connection.ready;
    return undefined;
  });
  try {
    yield opened;
    if (opened.isDone === true && options.upload && session !== undefined) yield* upload(session);
  } finally {
    session?.end();
  }
}

const probeContent = Buffer.from('envigate: a probe of this inlet, removed at once\r\n');

/** Names that no reader of station files takes for one: without a station and a time. */
async function* upload(session: FolderSession): AsyncGenerator<ProbeStep> {
  const id = randomBytes(4).toString('hex');
  const [temporary, final] = [`envigate-probe-${id}.part`, `envigate-probe-${id}.txt`];
  let name: string | undefined;
  const steps = [
    [
      `store ${temporary}`,
      () => {
        name = temporary;
        return session.store(temporary, probeContent);
      },
    ],
    [
      `rename it to ${final}`,
      async () => {
        const said = await session.rename(temporary, final);
        name = final;
        return said;
      },
    ],
    [
      `remove ${final}`,
      async () => {
        if (!(await session.remove(final))) throw new Error(`${final} is still there: remove it`);
        name = undefined;
        return undefined;
      },
    ],
  ] as const;
  for (const [step, work] of steps) {
    const result = await tryStep(step, work);
    yield result;
    if (result.isDone === true) continue;
    const left = name;
    if (left === undefined || left === final || session.isEnded) return;
    yield await tryStep(`remove ${left}`, async () => {
      if (!(await session.remove(left))) throw new Error(`${left} may be there still: remove it`);
      return undefined;
    });
    return;
  }
}

async function* probeHttps(
  { url: text, caFile }: Target,
  { timeoutMs }: ProbeOptions,
): AsyncGenerator<ProbeStep> {
  const connected = await tryStep(`connect to ${text} and check its certificate`, async () => {
    return certificateOf(new URL(text), await readable(caFile)?.(), timeoutMs);
  });
  yield connected;
  if (connected.isDone !== true) return;
  const detail = 'not tried: an https inlet takes files only, and gives none back';
  yield { step: 'log in, store a file', detail };
}

function certificateOf(url: URL, ca: string | undefined, timeoutMs: number): Promise<string> {
  const host = hostOf(url);
  const port = url.port === '' ? 443 : Number(url.port);
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host, port, ...expectedServer(host, ca) });
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer in ${timeoutMs} ms`)));
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const { valid_to: until } = socket.getPeerCertificate();
      resolve(`${socket.getProtocol() ?? 'TLS'}, certificate valid until ${until}`);
      socket.destroy();
    });
  });
}
