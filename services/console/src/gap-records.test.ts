import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startConsole, type TestConsole } from './testing/start-console.ts';

let console: TestConsole;
beforeAll(async () => {
  console = await startConsole();
});
afterAll(() => console.close());

const change = (what: string, body: object, gapId = 1) =>
  console.post(`/api/v1/gaps/${gapId}/${what}`, { actor: 'Lê An', ...body });

describe('the record of a gap', () => {
  test('shows what was stated, by whom, and the letter byte for byte', async () => {
    const { body } = await console.get('/api/v1/gaps/1');
    expect(body).toMatchObject({
      ...{ state: 'answered', cause: 'power-cut', acknowledgedAt: null },
      causeText: { vi: 'mất điện' },
      entries: [{ source: 'facility', author: 'Lan', letters: [{ name: 'cv15.pdf' }] }],
      notices: [{ code: 'GD-2026-000123' }],
    });
    const letter = await console.get('/api/v1/gaps/1/letters/5');
    expect(letter.bytes.toString()).toBe('%PDF-1.7');
    expect(letter.headers['content-disposition']).toMatch(/^attachment; filename="cv15.pdf"/);
  });

  test('is acknowledged, handed over, explained, confirmed and asked back about', async () => {
    expect((await change('acknowledge', {})).body).toMatchObject({ responsible: 'Lê An' });
    expect((await change('hand-over', { person: 'Trần Bình' })).body).toMatchObject({
      responsible: 'Trần Bình',
    });
    expect((await change('confirm', { note: 'đã gọi' })).body).toMatchObject({
      state: 'confirmed',
    });
    expect((await change('confirm', {})).status).toBe(409);
    expect((await change('ask-back', { question: 'Từ mấy giờ?' })).body).toMatchObject({
      ...{ state: 'asked-back', question: 'Từ mấy giờ?' },
    });
    const stated = { cause: 'logger', expectedRestart: '26/03/2026 08:00' };
    expect((await change('cause', stated)).body).toMatchObject({
      ...{ state: 'confirmed', cause: 'logger', expectedRestart: '2026-03-26T01:00:00.000Z' },
    });
  });

  test.each<[string, object, number]>([
    ['cause', { cause: 'aliens' }, 400],
    ['cause', { cause: 'other' }, 409],
    ['cause', { cause: 'logger', expectedRestart: 'mai' }, 400],
    ['hand-over', {}, 400],
    ['ask-back', { question: '' }, 400],
    ['acknowledge', { actor: '' }, 400],
  ])('does not take %s with %j', async (what, body, status) => {
    expect((await change(what, body)).status).toBe(status);
  });

  test('is not there for a gap that is not', async () => {
    expect((await console.get('/api/v1/gaps/2')).status).toBe(404);
    expect((await console.get('/api/v1/gaps/2/letters/5')).status).toBe(404);
    expect((await change('acknowledge', {}, 2)).status).toBe(404);
  });
});
