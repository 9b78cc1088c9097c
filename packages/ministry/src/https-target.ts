import { createHash } from 'node:crypto';
import {
  DeliveryError,
  deliveryCodes,
  type DeliveryOutcome,
  type MinistryFile,
  type MinistryTarget,
} from '@envigate/domain';
import { withDeadline } from '@envigate/runtime';
import { Client, type Dispatcher } from 'undici';
import { codeOf, messageOf } from './error-parts.ts';
import { deliverKept } from './kept-session.ts';
import { retryAfterMs } from './retry-after.ts';

export interface HttpsTargetOptions {
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

/**
 * An HTTPS inlet: POST of the file's bytes. The idempotency key lets the ministry recognise a
 * repetition; the digest lets it check the bytes. 2xx is the receipt; 400, 409 and 422 refuse
 * this file for ever; everything else is tried again.
 */
export class HttpsTarget implements MinistryTarget {
  readonly #options: HttpsTargetOptions;
  #connection: Client | undefined;
  #closed = false;

  constructor(options: HttpsTargetOptions) {
    this.#options = options;
  }

  deliver(file: MinistryFile): Promise<DeliveryOutcome> {
    return deliverKept(
      {
        kept: () => this.#connection,
        open: () => this.#connect(),
        deliverOver: (connection, each) => this.#deliverOver(connection, each),
        mayHaveEndedIdle: (error) => !this.#closed && isSessionLoss(error),
      },
      file,
    );
  }

  async #deliverOver(connection: Client, file: MinistryFile): Promise<DeliveryOutcome> {
    try {
      // One limit around the whole exchange, since a server that drips is never idle.
      const answer = await withDeadline(
        this.#post(connection, file),
        2 * this.#options.timeoutMs,
        'deliver',
        () => void this.#drop(),
      );
      return this.#judge(answer);
    } catch (error) {
      if (error instanceof DeliveryError) throw error;
      await this.#drop();
      throw this.#failed(isConnectError(error) ? 'ministry-unreachable' : 'transfer-failed', error);
    }
  }

  #judge({ status, headers, text }: Answer): DeliveryOutcome {
    const said = text === '' ? `HTTP ${status}` : text;
    if (status >= 200 && status < 300) return { kind: 'accepted', receipt: said };
    if (status === 400 || status === 409 || status === 422)
      return {
        kind: 'refused',
        code: deliveryCodes.invalidFormat,
        reason: `HTTP ${status}: ${said}`,
      };
    throw new DeliveryError(
      'transfer-failed',
      `target ${this.#options.target}: HTTP ${status}: ${said}`,
      {
        inDoubt: status >= 500 && status !== 503,
        retryAfterMs: retryAfterMs(headers['retry-after'], Date.now()),
      },
    );
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
    return (this.#connection = new Client(url.origin, {
      connect: { timeout: timeoutMs, ...(ca !== undefined && { ca }) },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    }));
  }

  async #post(connection: Client, file: MinistryFile): Promise<Answer> {
    const { url } = this.#options;
    const response = await connection.request({
      method: 'POST',
      path: url.pathname + url.search,
      headers: this.#headers(file),
      body: file.payload,
    });
    const text = (await response.body.text()).trim().slice(0, maxReceiptLength);
    return { status: response.statusCode, headers: response.headers, text };
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

function authorization(user: string | undefined, secret: string): string {
  if (user === undefined) return `Bearer ${secret}`;
  return `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
}

/** The connection ended without an answer. */
function isSessionLoss(error: unknown): error is DeliveryError {
  return error instanceof DeliveryError && codeOf(error.cause) === 'UND_ERR_SOCKET';
}

const connectErrors = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
]);

/** Failed before a byte of the file could be sent: no route, no listener, or not whom we trust. */
function isConnectError(error: unknown): boolean {
  const code = codeOf(error);
  return connectErrors.has(code) || /CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO_/.test(code);
}
