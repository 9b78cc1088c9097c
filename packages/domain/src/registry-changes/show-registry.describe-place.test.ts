import { expect, test } from '@jest/globals';
import { describePlace } from './show-registry.ts';

const document = {
  stations: [{ code: 'NUO001', parameters: [{ parameter: 'COD', max: '500' }, {}] }],
  accounts: [{ code: 'a', passwordHash: 'plain text', quotas: { sessions: 0 } }],
};

test.each([
  [
    '/stations/0/parameters/0/max',
    'stations[NUO001].parameters[COD].max',
    { vi: '"500"', en: '"500"' },
  ],
  ['/stations/0/parameters/1', 'stations[NUO001].parameters[1]', undefined],
  ['/stations/7/name', 'stations[7].name', undefined],
  ['/accounts/0/quotas/sessions', 'accounts[a].quotas.sessions', { vi: '0', en: '0' }],
  [
    '/accounts/0/passwordHash',
    'accounts[a].passwordHash',
    { vi: '(mật, không hiển thị)', en: '(a secret)' },
  ],
  ['/a~1b', 'a/b', undefined],
  ['', '', undefined],
])('%s is called %s', (path, label, found) => {
  expect(describePlace(document, { path })).toEqual({ label, found });
});
