import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startConsole, type TestConsole } from './testing/start-console.ts';

let console: TestConsole;
beforeEach(async () => {
  console = await startConsole();
});
afterEach(() => console.close());

const given = { verdict: 'ours', actor: 'chị Lan', note: 'đứt cáp quang của Sở' };

test('a person decides about a joint silence, or about one station of it', async () => {
  const url = '/api/v1/joint-silences/7/decide';
  expect(await console.post(url, given)).toMatchObject({
    ...{ status: 200, body: { jointId: 7, stations: ['NUOSXL'] } },
  });
  await console.post(url, { ...given, verdict: 'theirs', station: 'NUOSXL' });
  const { verdict: _, ...words } = given;
  expect(console.attributions.decided).toEqual([
    { target: { kind: 'joint', jointId: 7 }, verdict: 'ours', ...words },
    { target: { kind: 'joint', jointId: 7, station: 'NUOSXL' }, verdict: 'theirs', ...words },
  ]);
});

test('a person decides about the gap of one station', async () => {
  expect(await console.post('/api/v1/gaps/5/decide', given)).toMatchObject({
    ...{ status: 200, body: { jointId: null, stations: ['NUOSXL'] } },
  });
});

test.each([
  ['/api/v1/gaps/99/decide', given, 404],
  ['/api/v1/joint-silences/99/decide', given, 404],
  ['/api/v1/gaps/5/decide', { ...given, verdict: 'theirs' }, 409],
  ['/api/v1/gaps/5/decide', { ...given, verdict: 'nobody' }, 400],
  ['/api/v1/gaps/5/decide', { ...given, note: '' }, 400],
  ['/api/v1/gaps/5/decide', { ...given, actor: undefined }, 400],
])('%s %j: %i', async (url, body, status) => {
  expect((await console.post(url, body)).status).toBe(status);
  expect(console.attributions.decided).toEqual([]);
});

test('joint silences are listed with what was decided', async () => {
  expect((await console.get('/api/v1/joint-silences')).body).toMatchObject({
    items: [{ jointId: 7, verdict: 'theirs', to: null, decisions: [{ actor: 'chị Lan' }] }],
  });
});
