import { once } from 'node:events';
import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Health, Telemetry, silentLogger } from '@envigate/runtime';
import type { Route } from './route.ts';
import { buildApp } from './server.ts';

const described = { summary: 'A route', tag: 'test', response: { type: 'object', properties: {} } };
const handle = async () => ({});
const thing: Route = {
  ...{ ...described, handle, method: 'GET', path: '/things/{id}', operationId: 'getThing' },
  params: { type: 'object', properties: { id: { type: 'string' } } },
};
const change: Route = {
  ...{ ...described, handle, method: 'POST', path: '/things/{id}', operationId: 'postThing' },
  body: {
    type: 'object',
    required: ['who'],
    additionalProperties: false,
    properties: {
      who: { type: 'string', minLength: 1 },
      often: { type: 'integer', maximum: 3 },
      way: { enum: ['a', 'b'] },
    },
  },
};
const second: Route = {
  ...{ ...described, handle, method: 'POST', path: '/second', operationId: 'postSecond' },
  body: { type: 'object' },
};

let app: Awaited<ReturnType<typeof buildApp>>;
let port: number;
beforeAll(async () => {
  app = await buildApp({
    ...{ host: '127.0.0.1', port: 0, logger: silentLogger(), telemetry: new Telemetry() },
    ...{ health: new Health(), routes: [thing, change, second], title: 'Test', version: '1' },
  });
  port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
});
afterAll(() => app.close());

/** What comes back for these bytes, until the server closes or the answer is whole. */
async function send(bytes: string) {
  const socket = createConnection(port, '127.0.0.1');
  socket.write(bytes);
  let text = '';
  socket.on('data', (data: Buffer) => {
    text += data.toString();
    const [head = '', body] = text.split('\r\n\r\n');
    const length = /content-length: (\d+)/i.exec(head)?.[1];
    if (length !== undefined && Buffer.byteLength(body ?? '') >= Number(length)) socket.end();
  });
  await once(socket, 'close');
  const [head = '', body = ''] = text.split('\r\n\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]),
    type: /content-type: (.*)/i.exec(head)?.[1],
    allow: /allow: (.*)/i.exec(head)?.[1],
    body: JSON.parse(body) as unknown,
  };
}

const host = 'Host: localhost\r\n';
const post = (path: string, headers: string, body = '') =>
  `POST ${path} HTTP/1.1\r\n${host}content-length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
const json = 'content-type: application/json\r\n';
const large = `{"who":"${'x'.repeat(2 << 20)}"}`;

describe('an error', () => {
  test.each([
    ['no route', `GET /nothing?x=1 HTTP/1.1\r\n${host}\r\n`, 404, 'no-such-address'],
    ['no route below another one', `GET /second/x HTTP/1.1\r\n${host}\r\n`, 404, 'no-such-address'],
    ['another method', `DELETE /things/7 HTTP/1.1\r\n${host}\r\n`, 405, 'method-not-allowed'],
    ['a method of others', `PROPFIND /things/7 HTTP/1.1\r\n${host}\r\n`, 405, 'method-not-allowed'],
    ['a route of POST by GET', `GET /second HTTP/1.1\r\n${host}\r\n`, 405, 'method-not-allowed'],
    ['no UTF-8 in the address', `GET /things/%ff HTTP/1.1\r\n${host}\r\n`, 400, 'request-invalid'],
    ['half an escape', `GET /%e1%ba HTTP/1.1\r\n${host}\r\n`, 400, 'request-invalid'],
    ['bad escape', `GET /things/%zz HTTP/1.1\r\n${host}\r\n`, 400, 'request-invalid'],
    [
      'a long variable',
      `GET /things/${'x'.repeat(500)} HTTP/1.1\r\n${host}\r\n`,
      ...([414, 'address-too-long'] as const),
    ],
    ['no JSON', post('/things/7', json, '{"who":'), 400, 'request-invalid'],
    ['an empty body', post('/things/7', json), 400, 'request-invalid'],
    ['a body that the schema refuses', post('/things/7', json, '{}'), 400, 'request-invalid'],
    ['a poisoned body', post('/things/7', json, '{"__proto__":{}}'), 400, 'request-invalid'],
    ['a large body', post('/things/7', json, large), 413, 'body-too-large'],
    [
      'another type of body',
      post('/things/7', 'content-type: application/xml\r\n', '<a/>'),
      ...([415, 'media-type-unsupported'] as const),
    ],
    [
      'another expectation',
      post('/things/7', `${json}Expect: wonders\r\n`, '{"who":"x"}'),
      ...([417, 'expectation-failed'] as const),
    ],
    [
      'large headers',
      `GET /things/7 HTTP/1.1\r\n${host}x: ${'y'.repeat(100_000)}\r\n\r\n`,
      ...([431, 'headers-too-large'] as const),
    ],
    [
      'a long address',
      `GET /things/7?x=${'y'.repeat(100_000)} HTTP/1.1\r\n${host}\r\n`,
      ...([431, 'headers-too-large'] as const),
    ],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', 400, 'request-invalid'],
    [
      'a control character in a header',
      `GET / HTTP/1.1\r\n${host}x: \x01\r\n\r\n`,
      400,
      'request-invalid',
    ],
    ['two lengths', post('/things/7', 'content-length: 3\r\n', 'x'), 400, 'request-invalid'],
    ['no Host', 'GET /things/7 HTTP/1.1\r\n\r\n', 400, 'request-invalid'],
    ['CONNECT', `CONNECT evil.example:443 HTTP/1.1\r\n${host}\r\n`, 405, 'method-not-allowed'],
    ['a strange host', 'GET /things/7 HTTP/1.1\r\nHost: evil.example\r\n\r\n', 421, 'host-unknown'],
  ] as [string, string, number, string][])(
    'about %s has the form of all others',
    async (_what, bytes, status, code) => {
      const answer = await send(bytes);
      expect(answer).toMatchObject({
        status,
        type: 'application/json; charset=utf-8',
        body: { code, message: expect.stringMatching(/\S/) },
      });
      const { messageVi, ...rest } = answer.body as Readonly<Record<string, string>>;
      expect(Object.keys(rest).sort()).toEqual(['code', 'message']);
      // Words of Vietnamese, not the English again.
      expect(messageVi).toMatch(
        /[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]/i,
      );
    },
  );

  test('names the methods that there are', async () => {
    const answer = await send(`DELETE /things/7?x=1 HTTP/1.1\r\n${host}\r\n`);
    expect(answer.allow).toBe('GET, POST');
    expect(answer.body).toMatchObject({
      message: 'no DELETE /things/7?x=1; there is GET, POST',
    });
  });

  test.each([
    ['no address', 'GET /nothing?x=1', '', 'Không có địa chỉ này: GET /nothing?x=1'],
    ['a lacking field', 'POST /things/7', '{}', "body: thiếu trường 'who'"],
    ['a field of another type', 'POST /things/7', '{"who":{}}', 'body/who: phải là chuỗi ký tự'],
    ['a short text', 'POST /things/7', '{"who":""}', 'body/who: phải có ít nhất 1 ký tự'],
    ['an unknown field', 'POST /things/7', '{"who":"x","y":1}', "body: không có trường 'y'"],
    [
      'a number too large',
      ...(['POST /things/7', '{"who":"x","often":9}'] as const),
      'body/often: không được lớn hơn 3',
    ],
    [
      'another choice',
      ...(['POST /things/7', '{"who":"x","way":"c"}'] as const),
      'body/way: phải là một trong a, b',
    ],
    ['half a text of JSON', 'POST /things/7', '{"who":', 'Nội dung yêu cầu không phải JSON hợp lệ'],
  ])('says %s in Vietnamese', async (_what, line, body, messageVi) => {
    const [method, path = ''] = line.split(' ');
    const bytes = method === 'GET' ? `GET ${path} HTTP/1.1\r\n${host}\r\n` : post(path, json, body);
    expect((await send(bytes)).body).toMatchObject({ messageVi });
  });

  test.each([
    ['a lacking field', '{}', "body must have the key 'who'"],
    ['an unknown field', '{"who":"x","y":1}', "body must not have the key 'y'"],
    ['another choice', '{"who":"x","way":"c"}', 'body/way must be one of a, b'],
  ])('says %s in English with as much', async (_what, body, message) => {
    expect((await send(post('/things/7', json, body))).body).toMatchObject({ message });
  });

  test('about a request that takes too long has it too', async () => {
    const socket = createConnection(port, '127.0.0.1');
    const [accepted] = (await once(app.server, 'connection')) as [NodeJS.EventEmitter];
    const late = Object.assign(new Error('timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
    app.server.emit('clientError', late, accepted);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    await once(socket, 'close');
    expect(answer.toString()).toMatch(
      /^HTTP\/1\.1 408 Request Timeout\r\n[^]*\r\n\r\n\{"code":"request-timeout","message":"[^"]+","messageVi":"[^"]+"\}$/,
    );
  });
});
