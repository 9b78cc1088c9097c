import { createHash } from 'node:crypto';
import swagger from '@fastify/swagger';
import {
  LogController,
  fastify,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import {
  ListenError,
  type Component,
  type Health,
  type Logger,
  type Telemetry,
} from '@envigate/runtime';
import {
  answerBeforeRouting,
  answerClientError,
  answerError,
  answerNotFound,
  errorSchema,
} from './errors.ts';
import { admitHost, admitOperator, changesSomething, type OperatorGuard } from './guards.ts';
import { Bytes, Documents, Html, HttpError, type Route, type ShownPage } from './route.ts';

export interface HttpServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly health: Health;
  readonly routes: readonly Route[];
  /** What requests that change something must bear; see admitOperator. */
  readonly operatorToken?: string | undefined;
  /** Names that the server goes by, beside `localhost` and addresses; see admitHost. */
  readonly hosts?: readonly string[] | undefined;
  readonly title: string;
  readonly version: string;
}

export interface HttpServer {
  /** http://host:port */
  readonly url: string;
}

/**
 * An HTTP server: the given routes, their OpenAPI document at /openapi.json, and what every
 * process of the gateway answers: /healthz (alive), /readyz (every health check passes; 503
 * otherwise) and /metrics (Prometheus text).
 */
export function httpServer(options: HttpServerOptions): Component<HttpServer> {
  return {
    name: 'http server',
    async start() {
      const app = await buildApp(options);
      return { value: await listen(app, options), stop: () => app.close() };
    },
  };
}

/** Throws ListenError, with the server closed, where the port cannot be had. */
export async function listen(
  app: FastifyInstance,
  { host, port, title }: Pick<HttpServerOptions, 'host' | 'port' | 'title'>,
): Promise<HttpServer> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw new ListenError(title, { host, port }, error);
  }
  const [address] = app.addresses();
  const shown = host.includes(':') ? `[${host}]` : host;
  return { url: `http://${shown}:${typeof address === 'object' ? address.port : port}` };
}

/** Separate from listening, so that tests can inject requests without a port. */
export async function buildApp(options: HttpServerOptions): Promise<FastifyInstance> {
  const app = bareApp(options);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: options.title, version: options.version },
      components: { securitySchemes: { operator: operatorScheme } },
    },
  });
  await app.register((api, _, done) => {
    addProcessRoutes(api, options);
    for (const route of options.routes) addRoute(api, route, options);
    done();
  });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  await app.ready();
  return app;
}

function bareApp(options: HttpServerOptions): FastifyInstance {
  // Typed as fastify's own logger, so that the instance has fastify's default type.
  const logger: FastifyBaseLogger = options.logger;
  const app = fastify({
    loggerInstance: logger,
    // Found missing by our own hook, as Node's answer would have no body.
    http: { requireHostHeader: false },
    requestTimeout: requestTimeoutMs,
    // Requests while it stops fail in the routes, in the same form as ever.
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
    ajv: { customOptions: { coerceTypes: 'array', removeAdditional: false, useDefaults: true } },
  });
  answerBeforeRouting(app.server);
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(answerNotFound(allRoutes(options)));
  app.addHook('onRequest', async ({ raw, url, method }) => {
    const { host } = raw.headers;
    if (host === undefined && raw.httpVersion === '1.1') {
      throw new HttpError(400, 'request-invalid', {
        vi: 'Yêu cầu HTTP/1.1 phải có trường Host',
        en: 'a request of HTTP/1.1 needs the header Host',
      });
    }
    // What changes something has a stricter guard; what machines ask is nobody's secret.
    if (changesSomething({ method }) || processPaths.has(url.replace(/\?.*$/s, ''))) return;
    admitHost([options.host, ...(options.hosts ?? [])], host);
  });
  return app;
}

// A request is small; whoever takes longer for one holds a connection for nothing.
const requestTimeoutMs = 60_000;

const processPaths = new Set(['/healthz', '/readyz', '/metrics']);

function allRoutes({ routes }: HttpServerOptions) {
  const own = [...processPaths, '/openapi.json'].map((path) => ({ method: 'GET' as const, path }));
  return [...own, ...routes];
}

function addProcessRoutes(app: FastifyInstance, { health, telemetry }: HttpServerOptions): void {
  const describe = (operationId: string, summary: string, response: object) => ({
    schema: { operationId, summary, tags: ['operations'], response },
  });
  app.get(
    '/healthz',
    describe('getLiveness', 'Is the process alive?', { 200: livenessSchema }),
    () => ({ status: 'alive' }),
  );
  app.get(
    '/readyz',
    describe('getReadiness', 'Is every part ready?', {
      200: { ...readinessSchema, description: 'Every part is ready.' },
      503: { ...readinessSchema, description: 'Some part is not ready; its reason is shown.' },
    }),
    async (_, reply) => {
      const report = await health.report();
      return reply.code(report.ready ? 200 : 503).send(report);
    },
  );
  app.get(
    '/metrics',
    describe('getMetrics', 'Prometheus metrics', { 200: metricsResponse }),
    async (_, reply) => reply.type(metricsType).send(await telemetry.metrics()),
  );
}

const livenessSchema = {
  description: 'The process is alive.',
  type: 'object',
  required: ['status'],
  properties: { status: { type: 'string', const: 'alive', description: 'Always alive.' } },
} as const;

const readinessSchema = {
  type: 'object',
  required: ['ready', 'checks'],
  properties: {
    ready: { type: 'boolean', description: 'True where every check passes.' },
    checks: {
      type: 'object',
      description: "Each part by its name: 'ok', or why it is not ready.",
      additionalProperties: { type: 'string' },
    },
  },
} as const;

const metricsType = 'text/plain; version=0.0.4; charset=utf-8';
const metricsResponse = {
  description: "The metrics in Prometheus' text form.",
  content: { 'text/plain': { schema: { type: 'string' } } },
} as const;

const operatorScheme = {
  type: 'http',
  scheme: 'bearer',
  description:
    'console.operatorToken; not asked for where none is set and the server is on loopback.',
} as const;

function addRoute(app: FastifyInstance, route: Route, guard: OperatorGuard): void {
  const isGuarded = changesSomething(route);
  const schema = {
    operationId: route.operationId,
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    tags: [route.tag],
    ...(route.params && { params: route.params }),
    ...(route.query && { querystring: route.query }),
    ...(route.body && { body: route.body }),
    ...(isGuarded && { security: [{ operator: [] }] }),
    response: {
      200: successResponse(route),
      '4xx': { ...errorSchema, description: 'The request cannot be answered; the text says why.' },
      ...(route.response === 'html' && { 503: unavailablePage }),
      '5xx': {
        ...errorSchema,
        description: 'The gateway failed; the same request may succeed later.',
      },
    },
  };
  app.route({
    method: route.method,
    url: route.path.replace(/\{(\w+)\}/g, ':$1'),
    schema,
    // Before the body is looked at.
    ...(isGuarded && {
      onRequest: async (request: FastifyRequest): Promise<void> =>
        admitOperator(guard, request.raw),
    }),
    handler: async (request, reply) => {
      const result = await route.handle({
        params: request.params as Record<string, unknown>,
        query: request.query as Record<string, unknown>,
        body: request.body,
        signal: leavingOf(reply),
      });
      if (result instanceof Bytes) return sendBytes(reply, result);
      return result instanceof Html ? sendHtml(reply, result) : reply.send(result);
    },
  });
}

function leavingOf({ raw }: FastifyReply): AbortSignal {
  const left = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) left.abort();
  });
  return left.signal;
}

function successResponse({ response }: Route): object {
  if (response === 'bytes') return bytesResponse;
  if (response instanceof Documents) return documentsResponse(response);
  return response === 'html' ? pageResponse : response;
}

const page = { content: { 'text/html': { schema: { type: 'string' } } } } as const;
const pageResponse = { ...page, description: 'The page.' };
const unavailablePage = {
  ...page,
  description: 'The page, with what is known without the database.',
};

const bytesResponse = {
  description: 'The bytes as they are.',
  content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
} as const;

function documentsResponse({ contentTypes }: Documents): object {
  const schema = { type: 'string', format: 'binary' };
  return {
    content: Object.fromEntries(contentTypes.map((type) => [type.replace(/;.*/, ''), { schema }])),
    description: 'The document, in the form that was asked for.',
  };
}

function sendBytes(reply: FastifyReply, { content, contentType, fileName }: Bytes): FastifyReply {
  // What strangers sent must never run as a page of this server, whatever a browser makes of it.
  void reply.header('x-content-type-options', 'nosniff');
  if (fileName !== undefined) void reply.header('content-disposition', attachment(fileName));
  return reply.type(contentType).send(Buffer.from(content));
}

export function sendHtml(
  reply: FastifyReply,
  { html, style, status, retryAfterSeconds }: ShownPage,
  formsGoTo: "'none'" | "'self'" = "'none'",
): FastifyReply {
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', retryAfterSeconds);
  const styleHash = createHash('sha256').update(style).digest('base64');
  return reply
    .code(status)
    .header(
      'content-security-policy',
      `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action ${formsGoTo}; frame-ancestors 'none'`,
    )
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'no-referrer')
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(html);
}

/**
 * The header of an answer that is to be saved, not shown. RFC 6266: the name twice, in ASCII for
 * clients that know no better, and in full.
 */
export function attachment(fileName: string): string {
  const name = safeFileName(fileName);
  const ascii = name.replace(/[^\x20-\x7E]/g, '_');
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encodeExtended(name)}`;
}

/**
 * Senders choose the names: no path, nothing that a file system refuses, nothing unseen that would
 * turn the letters of an extension round. Control characters would also end the header.
 */
function safeFileName(name: string): string {
  const plain = name.replace(/[\p{C}\p{Zl}\p{Zp}/\\:*?"<>|%]/gu, '_');
  return plain.replace(/^[. ]+|[. ]+$/g, '') || 'file';
}

/** RFC 8187: of the characters that encodeURIComponent leaves, four may not stand there. */
function encodeExtended(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
