import multipart from '@fastify/multipart';
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Component, Logger } from '@envigate/runtime';
import { answerBeforeRouting, answerClientError } from './errors.ts';
import type { ShownPage } from './route.ts';
import { listen, sendHtml, type HttpServer } from './server.ts';

/**
 * Serves pages with a form to the public: no API, no metrics, no log-in, no session. Everything that is not one of
 * its pages is answered with `unknown`, whatever fails with `failed`.
 */
export interface FormServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly title: string;
  readonly logger: Logger;
  /** Whose X-Forwarded-For is believed, beside programs of this machine. */
  readonly trustedProxies: readonly string[];
  readonly page: FormPage;
  readonly limits: FormLimits;
  readonly unknown: ShownPage;
  readonly failed: ShownPage;
  /** The whole form is far too large, or its size is not stated. */
  readonly tooLarge: ShownPage;
  /** More forms come at once than are taken. */
  readonly busy: ShownPage;
}

export interface FormLimits {
  /** Of each file; the rest of a larger one is read and dropped, so that its sender reads the answer. */
  readonly maxFileBytes: number;
  /** Files that are kept; of further ones only the names. */
  readonly maxFiles: number;
  /** Forms that are read at once; each holds its files in memory. */
  readonly maxForms: number;
}

export interface FormPage {
  /** `/phan-hoi/{token}` */
  readonly path: string;
  /** For GET and HEAD: changes nothing. */
  readonly show: (request: FormRequest) => Promise<ShownPage>;
  /** Before the form is read; a page ends the request. */
  readonly admit: (request: FormRequest) => Promise<ShownPage | undefined>;
  readonly submit: (request: FormRequest, form: Form) => Promise<ShownPage>;
}

export interface FormRequest {
  readonly params: Readonly<Record<string, string>>;
  /** Of the browser, as far as trusted proxies report it. */
  readonly address: string;
}

export interface Form {
  readonly fields: ReadonlyMap<string, readonly string[]>;
  readonly files: readonly FormFile[];
}

export interface FormFile {
  readonly name: string;
  readonly content: Uint8Array;
  /** It is larger than the limit; the content is empty. */
  readonly isCut: boolean;
}

export function formServer(options: FormServerOptions): Component<HttpServer> {
  return {
    name: options.title,
    async start() {
      const app = await buildFormApp(options);
      return { value: await listen(app, options), stop: () => app.close() };
    },
  };
}

// A photo over a slow mobile connection takes its time.
const requestTimeoutMs = 300_000;
const maxFields = 40;
const maxFieldBytes = 16_384;
const maxFilesNamed = 20;
/** How much more than its limit a form may have, to be read to its end and answered at its field. */
const excess = 4;

/** Separate from listening, so that tests can inject requests without a port. */
export async function buildFormApp(options: FormServerOptions): Promise<FastifyInstance> {
  const { page, limits } = options;
  const logger: FastifyBaseLogger = options.logger;
  const app = fastify({
    loggerInstance: logger,
    trustProxy: ['loopback', ...options.trustedProxies],
    requestTimeout: requestTimeoutMs,
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: (_error, _request, reply) => void send(reply, options.unknown),
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
  });
  answerBeforeRouting(app.server);
  app.setNotFoundHandler((_, reply) => send(reply, options.unknown));
  app.setErrorHandler((error: { readonly statusCode?: number }, request, reply) => {
    const { statusCode: status = 500 } = error;
    if (status >= 500) request.log.error({ err: error }, 'request failed');
    return send(reply, { ...options.failed, status });
  });
  await app.register(multipart, {
    throwFileSizeLimit: false,
    limits: {
      fileSize: limits.maxFileBytes,
      files: maxFilesNamed,
      fields: maxFields,
      fieldSize: maxFieldBytes,
      parts: maxFields + maxFilesNamed,
    },
  });
  const url = page.path.replace(/\{(\w+)\}/g, ':$1');
  const maxBodyBytes = excess * (limits.maxFiles * limits.maxFileBytes + maxFields * maxFieldBytes);
  let reading = 0;
  app.get(url, async (request, reply) => send(reply, await page.show(askedBy(request))));
  app.post(url, async (request, reply) => {
    const refused = await refusalOf(request);
    // The rest of the form would be read as the next request.
    if (refused !== undefined) return send(reply.header('connection', 'close'), refused);
    reading += 1;
    try {
      return await send(
        reply,
        await page.submit(askedBy(request), await readForm(request, limits)),
      );
    } finally {
      reading -= 1;
    }
  });
  await app.ready();
  return app;

  async function refusalOf(request: FastifyRequest): Promise<ShownPage | undefined> {
    const refused = await page.admit(askedBy(request));
    if (refused !== undefined) return refused;
    const length = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY);
    if (length > maxBodyBytes) return options.tooLarge;
    return reading >= limits.maxForms ? options.busy : undefined;
  }
}

function askedBy(request: FastifyRequest): FormRequest {
  return { params: request.params as Record<string, string>, address: request.ip };
}

async function readForm(request: FastifyRequest, { maxFiles }: FormLimits): Promise<Form> {
  const fields = new Map<string, readonly string[]>();
  const files: FormFile[] = [];
  for await (const part of request.parts()) {
    if (part.type === 'field') {
      const before = fields.get(part.fieldname) ?? [];
      fields.set(part.fieldname, [...before, String(part.value)]);
      continue;
    }
    const { file, filename: name } = part;
    const chunks: Buffer[] = [];
    // A field in which no file was chosen is sent as one without a name.
    const isKept = name !== '' && files.length < maxFiles;
    for await (const chunk of file) if (isKept) chunks.push(chunk as Buffer);
    if (name === '') continue;
    const isCut = isKept && file.truncated;
    files.push({ name, content: isCut ? new Uint8Array() : Buffer.concat(chunks), isCut });
  }
  return { fields, files };
}

function send(reply: FastifyReply, page: ShownPage): FastifyReply {
  // The token is in the address: no search engine is to keep it.
  void reply.header('x-robots-tag', 'noindex, nofollow').header('x-frame-options', 'DENY');
  return sendHtml(reply, page, "'self'");
}
