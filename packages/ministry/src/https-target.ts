import { createHash } from 'node:crypto';
import { Client, type Dispatcher } from 'undici';
import {
  DeliveryError,
  deliveryCodes,
  type DeliveryOutcome,
  type MinistryFile,
  type MinistryTarget,
} from '@envigate/domain';
import { withDeadline, messageOf, codeOf, isUnreachable } from '@envigate/runtime';
import { saysItExists, transferMs } from '@envigate/remote-folder';
import { deliverKept, presumedReceipt } from './delivery.ts';

interface HttpsTargetOptions {
  readonly target: string;
  /** https://host:port/path */
  readonly url: URL;
  readonly user: string | undefined;
  /** With a user: password of basic authentication. Alone: a bearer token. */
  readonly secret: string | undefined;
  /** PEM of the authority that signed the server's certificate; absent: the public ones. */
  readonly readCa: (() => Promise<string>) | undefined;
  readonly timeoutMs: number;
}

interface Answer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly text: string;
}

/** Longer answers are cut: a receipt is a line, not a page. */
const maxReceiptLength = 2000;
/** More of an answer is not read; the connection ends. */
const maxBodyBytes = 64 * 1024;

/** 400, 409 and 422 are verdicts on the file. */
const verdicts = new Set([400, 409, 422]);
/** Of the other 4xx these are about the sender or the moment, not about the file. */
const notOfFile = new Set([401, 407, 408, 421, 425, 429]);

const stillInProcess = /(being|still|in) process|processing|in progress|pending|đang xử lý/i;

/** A 409 without a reason this often is no first request that is still in process. */
const maxInProcess = 5;
const maxInProcessKeys = 1_000;

/**
 * An HTTPS inlet: POST of the file's bytes. The idempotency key lets the ministry recognise a
 * repetition; the digest lets it check the bytes. 2xx is the receipt; 400, 409 and 422 refuse
 * this file for ever; everything else is tried again. The status decides: an answer that floods,
 * drips or breaks off after it is cut.
 *
 * A repeat is judged as one. To it "already there", in words or as 412, is what the attempt in
 * doubt has left; 409 without words means by the Idempotency-Key draft that the first request is
 * still in process, so it is asked again later.
 */
export class HttpsTarget implements MinistryTarget {
  readonly #options: HttpsTargetOptions;
  #connection: Client | undefined;
  /** Connections that got as far as TLS with the server: before that no byte of a file is sent. */
  readonly #reached = new WeakSet<Client>();
  #closed = false;
  /** How often the repeat of a key was answered 409 without a reason. Bounded, the oldest dropped. */
  readonly #inProcess = new Map<string, number>();

  constructor(options: HttpsTargetOptions) {
    this.#options = options;
  }

  deliver(file: MinistryFile): Promise<DeliveryOutcome> {
    return deliverKept(
      {
        kept: () => this.#connection,
        open: () => this.#connect(),
        deliverOver: (connection, each) => this.#deliverOver(connection, each),
        mayHaveEndedIdle: (error): error is DeliveryError => !this.#closed && isSessionLoss(error),
      },
      file,
    );
  }

  async #deliverOver(connection: Client, file: MinistryFile): Promise<DeliveryOutcome> {
    try {
      return this.#judge(await this.#post(connection, file), file);
    } catch (error) {
      if (error instanceof DeliveryError) throw error;
      await this.#drop();
      const isUnreached = isConnectError(error) || !this.#reached.has(connection);
      throw this.#failed(isUnreached ? 'ministry-unreachable' : 'transfer-failed', error);
    }
  }

  #judge(answer: Answer, file: MinistryFile): DeliveryOutcome {
    const { status, headers, text } = answer;
    if (status >= 200 && status < 300)
      return { kind: 'accepted', receipt: text === '' ? `HTTP ${status}` : text };
    const said = text === '' ? `HTTP ${status}` : `HTTP ${status}: ${text}`;
    if (file.resend && this.#isThereAlready(answer, file.idempotencyKey))
      return {
        kind: 'accepted',
        receipt: presumedReceipt(said),
        presumed: true,
      };
    const isInProcess = file.resend && status === 409;
    if (verdicts.has(status) && !isInProcess)
      return { kind: 'refused', code: deliveryCodes.invalidFormat, reason: said };
    throw new DeliveryError('transfer-failed', `target ${this.#options.target}: ${said}`, {
      inDoubt: isInProcess || (status >= 500 && status !== 503),
      refusesFile: status >= 400 && status < 500 && !isInProcess && !notOfFile.has(status),
      // eslint-disable-next-line no-restricted-properties -- the header may say a time of day
      retryAfterMs: retryAfterMs(headers['retry-after'], Date.now()),
    });
  }

  /** Of the answer to a repeat. */
  #isThereAlready({ status, headers, text }: Answer, key: string): boolean {
    if (status === 412) return true;
    const saysLater = headers['retry-after'] !== undefined || stillInProcess.test(text);
    if (!verdicts.has(status) || saysLater) return false;
    if (saysItExists(text)) return true;
    if (status !== 409) return false;
    const times = (this.#inProcess.get(key) ?? 0) + 1;
    this.#inProcess.delete(key);
    if (times >= maxInProcess) return true;
    this.#inProcess.set(key, times);
    const [oldest] = this.#inProcess.keys();
    if (oldest !== undefined && this.#inProcess.size > maxInProcessKeys)
      this.#inProcess.delete(oldest);
    return false;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#drop();
  }

  async #drop(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.destroy().catch(() => undefined);
  }

  async #connect(): Promise<Client> {
    const { url, readCa, timeoutMs } = this.#options;
    let ca: string | undefined;
    try {
      ca = await readCa?.();
    } catch (error) {
      throw this.#failed('ministry-unreachable', error);
    }
    const connection = new Client(url.origin, {
      connect: { timeout: timeoutMs, ...(ca !== undefined && { ca }) },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    connection.on('connect', () => this.#reached.add(connection));
    return (this.#connection = connection);
  }

  async #post(connection: Client, file: MinistryFile): Promise<Answer> {
    const { url, timeoutMs } = this.#options;
    // A server that drips is never idle.
    const { statusCode, headers, body } = await withDeadline(
      connection.request({
        method: 'POST',
        path: url.pathname + url.search,
        headers: this.#headers(file),
        body: file.payload,
      }),
      2 * timeoutMs + transferMs(file.payload.length),
      'deliver',
      () => void this.#drop(),
    );
    const chunks: Uint8Array[] = [];
    const reading = readUpTo(body, maxBodyBytes, chunks);
    const isWhole = await withDeadline(
      reading,
      timeoutMs,
      'read the answer',
      () => undefined,
    ).catch(() => false);
    if (!isWhole) await this.#drop();
    const text = Buffer.concat(chunks).toString().trim().slice(0, maxReceiptLength);
    return { status: statusCode, headers, text };
  }

  #headers(file: MinistryFile): Record<string, string> {
    const { user, secret } = this.#options;
    const digest = createHash('sha256').update(file.payload).digest('base64');
    return {
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
      'content-digest': `sha-256=:${digest}:`,
      'idempotency-key': `"${file.idempotencyKey}"`,
      'envigate-resend': String(file.resend),
      ...(secret !== undefined && { authorization: authorization(user, secret) }),
    };
  }

  #failed(code: DeliveryError['code'], cause: unknown): DeliveryError {
    const what = `target ${this.#options.target}: ${messageOf(cause)}`;
    return new DeliveryError(code, what, {
      cause,
      inDoubt: code === 'transfer-failed',
    });
  }
}

/** False where there is more. */
async function readUpTo(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  chunks: Uint8Array[],
): Promise<boolean> {
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) return false;
  }
  return true;
}

function authorization(user: string | undefined, secret: string): string {
  if (user === undefined) return `Bearer ${secret}`;
  return `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
}

/** The connection ended without an answer. */
function isSessionLoss(error: unknown): error is DeliveryError {
  return error instanceof DeliveryError && codeOf(error.cause) === 'UND_ERR_SOCKET';
}

/** Failed before a byte of the file could be sent: no route, no listener, or not whom we trust. */
function isConnectError(error: unknown): boolean {
  const notTrusted = /CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO_/;
  const code = codeOf(error);
  return isUnreachable(error) || code === 'UND_ERR_CONNECT_TIMEOUT' || notTrusted.test(code);
}

/** A Retry-After header (seconds or an HTTP date, RFC 9110 10.2.3) in milliseconds from now; undefined where it says nothing usable. */
export function retryAfterMs(
  header: string | readonly string[] | undefined,
  nowMs: number,
): number | undefined {
  const text = (typeof header === 'string' ? header : header?.[0])?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // Date.parse takes nearly every text with a digit for a date.
  const at = /^[A-Z][a-z]{2},/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}
