import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  gapRecordOf,
  RegistryView,
  type AnswerDesk,
  type ClosedLink,
  type FacilityAnswer,
  type OpenLink,
} from '@envigate/domain';
import { buildFormApp } from '@envigate/http';
import { silentLogger } from '@envigate/runtime';
import { answerServer } from './answers.ts';

const start = Date.UTC(2026, 2, 24);
const at = (hours: number): Date => new Date(start + hours * 3_600_000);
const token = 'a'.repeat(32);
const path = `/phan-hoi/${token}`;

const view = new RegistryView({
  facilities: [{ code: 'CAPH', name: 'Khu công nghiệp Cảnh Phú' }],
  stations: [
    { code: 'NUOSXL', facility: 'CAPH', name: 'Nước thải <sau xử lý>', kind: 'waste-water' },
    { code: 'KHIXM1', facility: 'CAPH', name: 'Khí thải lò 1', kind: 'stack-gas' },
  ],
  ...{ parameters: [], accounts: [], targets: [] },
});

const gapOf = (station: string): OpenLink['gaps'][number] => ({
  asked: { station, kind: 'transmission', parameter: undefined, from: +at(18), to: +at(31) },
  left: [{ from: +at(20), to: undefined, outMs: 3_600_000 }],
  record: gapRecordOf([], []),
});

/** A desk of one link, which one answer uses up. */
class FakeAnswers implements AnswerDesk {
  gaps = [gapOf('NUOSXL')];
  closed: ClosedLink | undefined;
  readonly answers: FacilityAnswer[] = [];

  get link(): OpenLink {
    return { linkId: 1, code: 'GD-2026-000123', expiresAt: at(199), gaps: this.gaps };
  }

  open(given: string): ReturnType<AnswerDesk['open']> {
    const why = given === token ? this.closed : 'unknown';
    return Promise.resolve(
      why === undefined ? { kind: 'open', link: this.link } : { kind: 'closed', why },
    );
  }

  answer(_: string, answer: FacilityAnswer): ReturnType<AnswerDesk['answer']> {
    this.answers.push(answer);
    this.closed = 'used';
    return Promise.resolve({
      kind: 'recorded',
      code: 'PH-2026-000087',
      at: at(40),
      link: this.link,
    });
  }
}

let desk: FakeAnswers;
let app: Awaited<ReturnType<typeof buildFormApp>>;
let clock = at(40);
beforeEach(async () => {
  desk = new FakeAnswers();
  clock = at(40);
  const page = answerServer({
    ...{ desk, registry: { current: () => view }, clock: () => clock, maxLetterBytes: 100 },
    office: { vi: 'Sở Nông nghiệp và Môi trường', en: 'Department' },
    emit: () => undefined,
    requestsPerMinute: 20,
  });
  app = await buildFormApp({
    ...{ ...page, host: '127.0.0.1', port: 0, title: 'answers', logger: silentLogger() },
    trustedProxies: [],
  });
});
afterEach(() => app.close());

type Parts = readonly (readonly [name: string, value: string, file?: string])[];

function post(parts: Parts, more: { readonly headers?: Record<string, string> } = {}) {
  const boundary = '----envigate';
  const body = parts.map(([name, value, file]) => {
    const disposition = `form-data; name="${name}"${file === undefined ? '' : `; filename="${file}"`}`;
    return `--${boundary}\r\nContent-Disposition: ${disposition}\r\n\r\n${value}\r\n`;
  });
  const payload = Buffer.from(`${body.join('')}--${boundary}--\r\n`, 'latin1');
  const headers = {
    'content-type': `multipart/form-data; boundary=${boundary}`,
    'content-length': String(payload.length),
    ...more.headers,
  };
  return app.inject({ method: 'POST', url: path, payload, headers });
}

const sound: Parts = [
  ['cause', 'power-cut'],
  ['words', 'Mat dien luoi'],
  ['restart', '2026-03-26T06:20'],
  ['name', 'Lan'],
];

describe('the page', () => {
  test('shows the gap and a form, changes nothing, and lets a browser run and load nothing', async () => {
    for (const method of ['HEAD', 'GET', 'GET'] as const) {
      const { statusCode, headers, body } = await app.inject({ method, url: path });
      expect(statusCode).toBe(200);
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringMatching(
          /^default-src 'none'; style-src 'sha256-[^ ]+'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
        ),
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
        'x-robots-tag': 'noindex, nofollow',
      });
      expect(headers['set-cookie']).toBeUndefined();
      if (method === 'HEAD') continue;
      const [, style = ''] = /<style>([^]*)<\/style>/.exec(body) ?? [];
      const hash = createHash('sha256').update(style).digest('base64');
      expect(headers['content-security-policy']).toContain(`'sha256-${hash}'`);
      for (const shown of [
        ...['Khu công nghiệp Cảnh Phú', 'Nước thải &#60;sau xử lý&#62; (NUOSXL)'],
        ...['25/03/2026 01:00 – 25/03/2026 14:00', '25/03/2026 03:00 – 25/03/2026 23:00'],
        ...['19 giờ 00 phút', '02 giờ 00 phút', 'GD-2026-000123', '<html lang="vi">'],
      ])
        expect(body.includes(shown) ? shown : body).toBe(shown);
      expect(body).not.toMatch(/<script|src=|javascript:/);
    }
    expect(desk.answers).toEqual([]);
  });

  test('records an answer with its letter, says what was recorded, and is used up', async () => {
    const { statusCode, body } = await post([...sound, ['letters', '%PDF-1.7', 'cv.pdf']]);
    expect([statusCode, body.includes('PH-2026-000087')]).toEqual([200, true]);
    expect(body).toContain('Đã nhận phản hồi');
    expect(body).toContain('26/03/2026 06:20');
    expect(desk.answers).toEqual([
      {
        ...{ gaps: [0], name: 'Lan', post: '', telephone: '' },
        explanation: {
          ...{ cause: 'power-cut', words: 'Mat dien luoi', remedy: '', document: '' },
          expectedRestart: new Date('2026-03-25T23:20:00Z'),
        },
        letters: [{ name: 'cv.pdf', content: Buffer.from('%PDF-1.7'), isCut: false }],
      },
    ]);
    const again = await post(sound);
    expect([again.statusCode, desk.answers.length]).toEqual([410, 1]);
  });

  test.each<[string, Parts, string]>([
    ['no cause', [['name', 'Lan']], 'cause'],
    ['a cause of the office alone', [...sound.slice(1), ['cause', 'own-system']], 'cause'],
    [
      'other cause without words',
      [
        ['cause', 'other'],
        ['name', 'Lan'],
      ],
      'words',
    ],
    ['no name', [['cause', 'logger']], 'name'],
    [
      'a time in no known form',
      [...sound.slice(3), ['cause', 'logger'], ['restart', 'mai']],
      'restart',
    ],
    ['a letter of another type', [...sound, ['letters', 'MZ', 'cv.pdf']], 'letters'],
    [
      'a letter that is too large',
      [...sound, ['letters', `%PDF-${'x'.repeat(200)}`, 'a.pdf']],
      'letters',
    ],
    [
      'too many letters',
      [...sound, ...Array<Parts[number]>(4).fill(['letters', '%PDF-', 'a.pdf'])],
      'letters',
    ],
  ])('answers %s at its field, and keeps what was filled in', async (_, parts, field) => {
    const { statusCode, body } = await post(parts);
    expect(statusCode).toBe(422);
    expect(body).toContain(`href="#${field}"`);
    expect(body).toMatch(new RegExp(`id="${field}"[^>]*aria-invalid="true"`));
    if (parts.some(([name]) => name === 'words'))
      expect(body).toContain('>Mat dien luoi</textarea>');
    expect(desk.answers).toEqual([]);
  });

  test('about several gaps is answered for those that are chosen', async () => {
    desk.gaps = [gapOf('NUOSXL'), gapOf('KHIXM1')];
    const { body } = await app.inject({ url: path });
    expect(body.match(/type="checkbox" name="gaps" value="\d" checked/g)).toHaveLength(2);
    expect((await post(sound)).statusCode).toBe(422);
    await post([...sound, ['gaps', '1']]);
    expect(desk.answers).toMatchObject([{ gaps: [1] }]);
  });

  test.each<[ClosedLink, number]>([
    ['unknown', 404],
    ['used', 410],
    ['expired', 410],
    ['revoked', 410],
  ])('behind a link that is %s says so with %i, and nothing of the gap', async (why, status) => {
    desk.closed = why;
    for (const { statusCode, body } of [await app.inject({ url: path }), await post(sound)]) {
      expect(statusCode).toBe(status);
      expect(body).not.toMatch(/NUOSXL|Cảnh Phú|GD-2026/);
    }
    expect(desk.answers).toEqual([]);
  });

  test('is the only one: nothing else of the console is there', async () => {
    for (const url of [
      '/',
      '/api/v1/gaps',
      '/metrics',
      '/openapi.json',
      '/phan-hoi/',
      '/phan-hoi/x',
    ])
      expect([url, (await app.inject({ url })).statusCode]).toEqual([url, 404]);
  });

  test('is refused to an address and to a link that ask too often, until the next minute', async () => {
    const ask = (address: string) =>
      app.inject({ url: path, headers: { 'x-forwarded-for': address } });
    for (let i = 0; i < 20; i += 1) expect((await ask(`198.51.100.${i}`)).statusCode).toBe(200);
    const limited = await ask('198.51.100.99');
    expect([limited.statusCode, limited.headers['retry-after']]).toEqual([429, '60']);
    clock = new Date(+clock + 60_000);
    for (let i = 0; i < 20; i += 1)
      await app.inject({ url: `/phan-hoi/${i}`, headers: { 'x-forwarded-for': '203.0.113.7' } });
    expect((await ask('203.0.113.7')).statusCode).toBe(429);
    expect((await ask('203.0.113.8')).statusCode).toBe(200);
  });

  test('does not read a form of unknown or absurd size', async () => {
    const large = await post(sound, { headers: { 'content-length': '999999999' } });
    expect([large.statusCode, large.headers.connection]).toEqual([413, 'close']);
  });
});
