import { describe, expect, test } from '@jest/globals';
import { Health, Telemetry, silentLogger } from '@envigate/runtime';
import { admitOperator, admitHost } from './guards.ts';
import type { Route } from './route.ts';
import { buildApp } from './server.ts';

let changes = 0;
const described = { summary: 'A route', tag: 'test', response: { type: 'object', properties: {} } };
const change: Route = {
  ...described,
  method: 'POST',
  path: '/change',
  operationId: 'change',
  body: { type: 'object' },
  handle: async () => {
    changes += 1;
    return {};
  },
};
const look: Route = {
  ...described,
  method: 'GET',
  path: '/look',
  operationId: 'look',
  handle: async () => ({}),
};

/** Status of a change, of another change, and of a look. */
async function ask(
  host: string,
  token: string | undefined,
  authorization?: string,
  askedFor = 'localhost:8080',
  more: Readonly<Record<string, string>> = {},
) {
  const second = { ...change, path: '/second', operationId: 'second' };
  const app = await buildApp({
    ...{ host, port: 0, logger: silentLogger(), telemetry: new Telemetry(), health: new Health() },
    ...{ routes: [change, look, second], title: 'Test', version: '1', operatorToken: token },
  });
  const headers = {
    ...{ host: askedFor, ...more },
    ...(authorization !== undefined && { authorization }),
  };
  const post = { method: 'POST' as const, payload: {}, headers };
  changes = 0;
  const statuses = [
    (await app.inject({ ...post, url: '/change' })).statusCode,
    (await app.inject({ ...post, url: '/second' })).statusCode,
    (await app.inject('/look')).statusCode,
  ];
  await app.close();
  return { statuses, changes };
}

describe('a change over HTTP', () => {
  test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('is open on %s', async (host) => {
    expect(await ask(host, undefined)).toEqual({ statuses: [200, 200, 200], changes: 2 });
  });

  test.each(['0.0.0.0', '::', '192.168.1.5', 'gateway.local', '127.evil.example'])(
    'is refused on %s without a token',
    async (host) => {
      expect(await ask(host, undefined)).toEqual({ statuses: [403, 403, 200], changes: 0 });
    },
  );

  test.each(['127.0.0.1:8080', '[::1]:8080', 'localhost'])(
    'is open to who asks for %s',
    async (askedFor) => {
      const answer = await ask('127.0.0.1', undefined, undefined, askedFor);
      expect(answer).toEqual({ statuses: [200, 200, 200], changes: 2 });
    },
  );

  test.each(['gateway.gov.vn', 'evil.example:8080', '127.0.0.1.evil.example'])(
    'is refused on loopback to who asks for %j: a proxy, or a page of a name that leads here',
    async (askedFor) => {
      const answer = await ask('127.0.0.1', undefined, undefined, askedFor);
      expect(answer).toEqual({ statuses: [403, 403, 200], changes: 0 });
      const withToken = await ask(
        '127.0.0.1',
        'the-token-of-the-office',
        'Bearer the-token-of-the-office',
        askedFor,
      );
      expect(withToken).toEqual({ statuses: [200, 200, 200], changes: 2 });
    },
  );

  test.each([
    ['via', '1.1 proxy'],
    ['forwarded', 'for=10.0.0.7'],
    ['x-forwarded-for', '10.0.0.7'],
    ['X-Forwarded-Host', 'gateway.gov.vn'],
    ['x-forwarded-proto', 'https'],
    ['x-forwarded', '10.0.0.7'],
    ['x-real-ip', '10.0.0.7'],
    ['cf-connecting-ip', '10.0.0.7'],
    ['origin', 'https://evil.example'],
    ['origin', 'null'],
    ['origin', 'http://127.0.0.1.evil.example:8080'],
    ['sec-fetch-site', 'cross-site'],
  ])('on loopback is refused with %s: %s, unless it bears the token', async (name, value) => {
    const more = { [name]: value };
    const without = await ask('127.0.0.1', undefined, undefined, undefined, more);
    expect(without).toEqual({ statuses: [403, 403, 200], changes: 0 });
    const token = 'the-token-of-the-office';
    const withToken = await ask('127.0.0.1', token, `Bearer ${token}`, undefined, more);
    expect(withToken).toEqual({ statuses: [200, 200, 200], changes: 2 });
  });

  test.each([
    { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' },
    { origin: 'http://[::1]:8080' },
    { 'user-agent': 'curl/8.14.1', accept: '*/*' },
  ])('on loopback is open with %j', async (more) => {
    const answer = await ask('127.0.0.1', undefined, undefined, undefined, more);
    expect(answer).toEqual({ statuses: [200, 200, 200], changes: 2 });
  });

  test('on loopback is refused with HTTP/1.0, which proxies speak', () => {
    const asked = { headers: { host: '127.0.0.1:8080' }, httpVersion: '1.0' };
    expect(() => admitOperator({ host: '127.0.0.1' }, asked)).toThrow(/HTTP\/1\.0/);
  });

  test.each([
    ['no token', undefined],
    ['another token', 'Bearer a_token_of_nobody'],
    ['the beginning of it', 'Bearer the-token-of'],
    ['another scheme', 'Basic the-token-of-the-office'],
  ])('with %s is refused where a token is set, on loopback too', async (_what, authorization) => {
    for (const host of ['0.0.0.0', '127.0.0.1']) {
      const answer = await ask(host, 'the-token-of-the-office', authorization);
      expect(answer).toEqual({ statuses: [401, 401, 200], changes: 0 });
    }
  });

  test('is open to whoever bears the token', async () => {
    const answer = await ask(
      '0.0.0.0',
      'the-token-of-the-office',
      'bearer the-token-of-the-office',
    );
    expect(answer).toEqual({ statuses: [200, 200, 200], changes: 2 });
  });
});

const hosts = ['Gateway.gov.vn', '0.0.0.0'];

describe('a question', () => {
  test.each([
    ...['localhost', 'LOCALHOST:8080', 'localhost.', 'console.localhost:80', '127.0.0.1:8080'],
    ...['[::1]:8080', '[::1]', '192.168.1.5', '[fe80::1]:8080', '10.0.0.7:8080'],
    ...['gateway.gov.vn', 'GATEWAY.gov.vn.:443', undefined],
  ])('for %j is answered', (host) => {
    expect(() => admitHost(hosts, host)).not.toThrow();
  });

  test.each([
    ...['evil.example', 'evil.example:8080', '127.0.0.1.evil.example', 'localhost.evil.example'],
    ...['gateway.gov.vn.evil.example', 'agateway.gov.vn', 'gov.vn', '', ':8080', '127.1', '0x7f.1'],
    ...['[::1', '[::1]evil.example', 'localhost:80:80', 'evil.example#localhost', 'notlocalhost'],
  ])('for %j is refused', (host) => {
    expect(() => admitHost(hosts, host)).toThrow(
      expect.objectContaining({
        ...{ status: 421, code: 'host-unknown' },
        message: expect.stringContaining('console.hosts'),
      }),
    );
  });
});
