import type { BilingualText } from '@envigate/contracts';

/** A JSON Schema, as OpenAPI shows it and requests are checked against. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface RouteRequest {
  /** Path parameters, query and body as their schemas made them: converted, with defaults. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  /** Aborted where the client leaves before its answer. */
  readonly signal: AbortSignal;
}

/** One operation of the API. What is not in the response schema is not sent. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** OpenAPI form: /api/v1/files/{fileId}. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: string;
  readonly params?: JsonSchema;
  readonly query?: JsonSchema;
  readonly body?: JsonSchema;
  readonly response: JsonSchema | 'bytes' | 'html' | Documents;
  /** A returned value is the JSON body; Bytes and Html are sent as they are. Throws HttpError for everything else. */
  readonly handle: (request: RouteRequest) => Promise<unknown>;
}

/** Bytes or a page, as the question asks; these are the media types that it may be. */
export class Documents {
  readonly contentTypes: readonly string[];

  constructor(contentTypes: readonly string[]) {
    this.contentTypes = contentTypes;
  }
}

/** A body that is no JSON. */
export class Bytes {
  readonly content: Uint8Array;
  readonly contentType: string;
  readonly fileName: string | undefined;

  constructor(content: Uint8Array, contentType: string, fileName?: string) {
    this.content = content;
    this.contentType = contentType;
    this.fileName = fileName;
  }
}

/**
 * A page for people. It is sent with a Content-Security-Policy under which a browser applies `style`
 * and loads and runs nothing else, whatever got into the text; a form of it can go nowhere, or to its server alone.
 */
export class Html {
  readonly html: string;
  /** The content of the page's only style element, character by character. */
  readonly style: string;
  readonly status: number;
  /** Where the same request may succeed after so long. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    html: string,
    style: string,
    status = 200,
    { retryAfterSeconds }: { readonly retryAfterSeconds?: number | undefined } = {},
  ) {
    this.html = html;
    this.style = style;
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** What of a page is sent. */
export type ShownPage = Pick<Html, 'html' | 'style' | 'status' | 'retryAfterSeconds'>;

/** An answer other than success: status, a stable code for programs and a text for people. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  /** `message` has the English. */
  readonly messageVi: string;
  /** Where the same request may succeed after so long. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    status: number,
    code: string,
    { vi, en }: BilingualText,
    { retryAfterSeconds }: { readonly retryAfterSeconds?: number } = {},
  ) {
    super(en);
    this.name = 'HttpError';
    this.status = status;
    this.code = code;
    this.messageVi = vi;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * A part that the process's routes ask, and that starts after their server and may stop before it. The
 * routes are there from the beginning; while the part is not, they answer 503 with Retry-After.
 */
export class LatePart<T> {
  readonly #name: BilingualText;
  #part: T | undefined;

  constructor(name: BilingualText) {
    this.#name = name;
  }

  /** The part is up; the returned function says that it is not any more. */
  provide(part: T): () => void {
    this.#part = part;
    return () => {
      if (this.#part === part) this.#part = undefined;
    };
  }

  /** Throws an HttpError while the part is not up. */
  get(): T {
    if (this.#part !== undefined) return this.#part;
    const { vi, en } = this.#name;
    const text = { vi: `${vi} chưa sẵn sàng; thử lại sau`, en: `${en} is not up; try again later` };
    throw new HttpError(503, 'unavailable', text, { retryAfterSeconds });
  }
}

const retryAfterSeconds = 5;
