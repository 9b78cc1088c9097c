import { afterEach, describe, expect, test } from '@jest/globals';
import { Health, Telemetry, silentLogger } from '@envigate/runtime';
import { LateRoutes } from './late-routes.ts';
import { Bytes, Html, HttpError, type Route } from './route.ts';
import { buildApp } from './server.ts';

const routes: readonly Route[] = [
  {
    method: 'GET',
    path: '/things/{id}',
    operationId: 'getThing',
    summary: 'One thing',
    tag: 'things',
    params: { type: 'object', required: ['id'], properties: { id: { type: 'integer' } } },
    query: {
      type: 'object',
      additionalProperties: false,
      properties: { limit: { type: 'integer', default: 10, maximum: 100 } },
    },
    response: {
      type: 'object',
      properties: { id: { type: 'integer' }, limit: { type: 'integer' } },
    },
    handle: async ({ params, query }) => {
      if (params['id'] === 404)
        throw new HttpError(404, 'not-found', { vi: 'Không có thing 404', en: 'no thing 404' });
      if (params['id'] === 500) throw new Error('password is hunter2');
      return { id: params['id'], limit: query['limit'], internal: 'not in the schema' };
    },
  },
  {
    method: 'GET',
    path: '/original',
    operationId: 'getOriginal',
    summary: 'Bytes',
    tag: 'things',
    response: 'bytes',
    handle: async () => new Bytes(Uint8Array.of(1, 2, 255), 'application/octet-stream', 'trạm.txt'),
  },
  {
    method: 'GET',
    path: '/page',
    operationId: 'getPage',
    summary: 'A page',
    tag: 'things',
    response: 'html',
    handle: async () => new Html('<style>p{color:red}</style><p>trạm</p>', 'p{color:red}', 503),
  },
];

let app: Awaited<ReturnType<typeof buildApp>>;
afterEach(() => app.close());

async function start(health = new Health(), lateRoutes?: LateRoutes): Promise<void> {
  app = await buildApp({
    lateRoutes,
    host: '127.0.0.1',
    port: 0,
    logger: silentLogger(),
    telemetry: new Telemetry(),
    health,
    routes,
    title: 'Test',
    version: '1',
  });
}

describe('http server', () => {
  test('converts parameters, fills defaults and sends only what the schema names', async () => {
    await start();
    const response = await app.inject('/things/7');
    expect(response.json()).toEqual({ id: 7, limit: 10 });
  });

  test.each([
    ['/things/x', 400, 'request-invalid'],
    ['/things/7?limit=1000', 400, 'request-invalid'],
    ['/things/404', 404, 'not-found'],
    ['/things/500', 500, 'internal-error'],
    ['/nothing', 404, 'not-found'],
  ])('%s answers %i %s', async (url, status, code) => {
    await start();
    const response = await app.inject(url);
    expect(response.statusCode).toBe(status);
    expect(response.json()).toMatchObject({ code });
    expect(response.body).not.toContain('hunter2');
  });

  test('sends bytes as they are, with a name any client can read', async () => {
    await start();
    const response = await app.inject('/original');
    expect([...response.rawPayload]).toEqual([1, 2, 255]);
    expect(response.headers).toMatchObject({
      'content-disposition': `attachment; filename="tr_m.txt"; filename*=UTF-8''tr%E1%BA%A1m.txt`,
      'x-content-type-options': 'nosniff',
    });
  });

  test('sends a page with its status, and lets a browser apply its style and nothing else', async () => {
    await start();
    const response = await app.inject('/page');
    expect(response.statusCode).toBe(503);
    expect(response.body).toBe('<style>p{color:red}</style><p>trạm</p>');
    expect(response.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'content-security-policy':
        "default-src 'none'; style-src 'sha256-p0bF+un5yUb9MBO6xRb8kPHlY2BdpHVtLiFkDrZPF64='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    });
  });

  test('readiness names the part that is not ready', async () => {
    const health = new Health();
    health.add({ name: 'spool', check: async () => undefined });
    health.add({ name: 'database', check: () => Promise.reject(new Error('connection refused')) });
    await start(health);
    const response = await app.inject('/readyz');
    expect(response.statusCode).toBe(503);
    expect(response.json()).toEqual({
      ready: false,
      checks: { spool: 'ok', database: 'connection refused' },
    });
  });

  test('the OpenAPI document lists every route', async () => {
    await start();
    const document = (await app.inject('/openapi.json')).json<{ paths: object }>();
    expect(Object.keys(document.paths).sort()).toEqual([
      '/healthz',
      '/metrics',
      '/original',
      '/page',
      '/readyz',
      '/things/{id}',
    ]);
  });
});

describe('routes that are added later', () => {
  const echo: Route = {
    method: 'POST',
    path: '/late/{id}',
    operationId: 'postLate',
    summary: 'Late',
    tag: 'late',
    body: { type: 'object', required: ['who'], properties: { who: { type: 'string' } } },
    response: { type: 'object', properties: { id: { type: 'string' }, who: { type: 'string' } } },
    handle: async ({ params, body }) => ({ id: params['id'], ...(body as object) }),
  };
  const post = (payload: object) => ({ method: 'POST' as const, url: '/late/7', payload });

  test('are answered and checked like others, from then on and until they are taken away', async () => {
    const late = new LateRoutes();
    await start(undefined, late);
    expect((await app.inject(post({ who: 'x' }))).statusCode).toBe(404);
    const remove = late.add([echo]);
    expect((await app.inject(post({ who: 'x' }))).json()).toEqual({ id: '7', who: 'x' });
    expect((await app.inject(post({}))).json()).toMatchObject({ code: 'request-invalid' });
    expect((await app.inject('/late')).json()).toMatchObject({ code: 'not-found' });
    expect((await app.inject('/things/7')).json()).toEqual({ id: 7, limit: 10 });
    remove();
    expect((await app.inject(post({ who: 'x' }))).statusCode).toBe(404);
  });

  test('over a real connection too, with a body that comes slowly', async () => {
    const late = new LateRoutes();
    late.add([echo]);
    await start(undefined, late);
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const body = new ReadableStream({
      async start(controller) {
        for (const part of ['{"who":', '"x"}']) {
          await new Promise((resolve) => setImmediate(resolve));
          controller.enqueue(new TextEncoder().encode(part));
        }
        controller.close();
      },
    });
    const response = await fetch(`${address}/late/8`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      duplex: 'half',
    });
    expect(await response.json()).toEqual({ id: '8', who: 'x' });
  });
});
