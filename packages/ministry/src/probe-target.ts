import { randomBytes } from 'node:crypto';
import { connect as connectTls } from 'node:tls';
import type { Target } from '@envigate/contracts';
import { expectedServer } from '@envigate/runtime';
import { connectToFolder, hostOf, readable, type ConnectOptions } from './connect-to.ts';
import { messageOf } from './error-parts.ts';
import type { FolderSession } from './folder-target.ts';

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

async function attempt(step: string, work: () => Promise<string | undefined>): Promise<ProbeStep> {
  try {
    return { step, isDone: true, detail: (await work()) ?? noAnswer };
  } catch (error) {
    return { step, isDone: false, detail: messageOf(error) };
  }
}

async function* probeFolder(target: Target, options: ProbeOptions): AsyncGenerator<ProbeStep> {
  let session: FolderSession | undefined;
  const opened = await attempt(`connect to ${target.url}, log in, open the folder`, async () => {
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

const content = Buffer.from('envigate: a probe of this inlet, removed at once\r\n');

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
        return session.store(temporary, content);
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
    const result = await attempt(step, work);
    yield result;
    if (result.isDone === true) continue;
    const left = name;
    if (left === undefined || left === final || session.isEnded) return;
    yield await attempt(`remove ${left}`, async () => {
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
  const connected = await attempt(`connect to ${text} and check its certificate`, async () => {
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
