import { describe, expect, test } from '@jest/globals';
import { admitHost } from './host-guard.ts';

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
