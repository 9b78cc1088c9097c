import { afterEach, describe, expect, test } from '@jest/globals';
import { Health, Telemetry, silentLogger } from '@envigate/runtime';
import { Bytes, Html, HttpError, type Route, LatePart } from './route.ts';
import { buildApp, attachment } from './server.ts';

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

async function start(health = new Health(), more: readonly Route[] = []): Promise<void> {
  app = await buildApp({
    host: '127.0.0.1',
    port: 0,
    logger: silentLogger(),
    telemetry: new Telemetry(),
    health,
    routes: [...routes, ...more],
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
    ['/nothing', 404, 'no-such-address'],
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

describe('routes of a part that starts later', () => {
  const part = new LatePart<(who: string) => string>({ vi: 'Dịch vụ chào', en: 'the greeter' });
  const greet: Route = {
    method: 'POST',
    path: '/late/{id}',
    operationId: 'postLate',
    summary: 'Late',
    tag: 'late',
    body: { type: 'object', required: ['who'], properties: { who: { type: 'string' } } },
    response: { type: 'object', properties: { id: { type: 'string' }, said: { type: 'string' } } },
    handle: async ({ params, body }) => ({
      id: params['id'],
      said: part.get()((body as { who: string }).who),
    }),
  };
  const post = (payload: object) => ({ method: 'POST' as const, url: '/late/7', payload });

  test('answer 503 with Retry-After before the part is up and after it has stopped', async () => {
    await start(undefined, [greet]);
    const unavailable = {
      code: 'unavailable',
      message: 'the greeter is not up; try again later',
      messageVi: 'Dịch vụ chào chưa sẵn sàng; thử lại sau',
    };
    const before = await app.inject(post({ who: 'x' }));
    expect([before.statusCode, before.headers['retry-after']]).toEqual([503, '5']);
    expect(before.json()).toEqual(unavailable);
    // What is wrong by itself is said at once.
    expect((await app.inject(post({}))).json()).toMatchObject({ code: 'request-invalid' });
    const stopped = part.provide((who) => `hello ${who}`);
    expect((await app.inject(post({ who: 'x' }))).json()).toEqual({ id: '7', said: 'hello x' });
    expect((await app.inject('/late')).json()).toMatchObject({ code: 'no-such-address' });
    stopped();
    expect((await app.inject(post({ who: 'x' }))).json()).toEqual(unavailable);
  });

  test('are not lost where the part was started again before its first run ended', () => {
    const first = part.provide(() => 'first');
    part.provide(() => 'second');
    first();
    expect(part.get()('x')).toBe('second');
  });

  test('over a real connection too, with a body that comes slowly', async () => {
    part.provide((who) => `hello ${who}`);
    await start(undefined, [greet]);
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
    expect(await response.json()).toEqual({ id: '8', said: 'hello x' });
  });
});

test.each([
  ['TB_1.txt', 'TB_1.txt', 'TB_1.txt'],
  ['trạm (1).txt', 'tr_m (1).txt', 'tr%E1%BA%A1m%20%281%29.txt'],
  ["d'eau.txt", "d'eau.txt", 'd%27eau.txt'],
  ['../../etc/passwd', '_.._etc_passwd', '_.._etc_passwd'],
  ['C:\\a.txt', 'C__a.txt', 'C__a.txt'],
  ['a\r\nset-cookie: x=1.txt', 'a__set-cookie_ x=1.txt', 'a__set-cookie_%20x%3D1.txt'],
  ['a"; filename=b.exe', 'a_; filename=b.exe', 'a_%3B%20filename%3Db.exe'],
  ['%2e%2e%2fa.txt', '_2e_2e_2fa.txt', '_2e_2e_2fa.txt'],
  ['so-lieu\u202Etxt.exe', 'so-lieu_txt.exe', 'so-lieu_txt.exe'],
  ['half \uD83D.txt', 'half _.txt', 'half%20_.txt'],
  ['.bashrc', 'bashrc', 'bashrc'],
  ['. .', 'file', 'file'],
])('%j is saved as %j', (name, ascii, extended) => {
  expect(attachment(name)).toBe(`attachment; filename="${ascii}"; filename*=UTF-8''${extended}`);
});
