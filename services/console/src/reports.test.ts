import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startConsole, type TestConsole } from './testing/start-console.ts';

let console: TestConsole;
beforeAll(async () => {
  console = await startConsole();
});
afterAll(() => console.close());

const period = 'from=01/03/2026%2000:00&to=01/04/2026%2000:00';
const path = (report: string, more = '') => `/api/v1/reports/${report}?${period}${more}`;

describe('a report', () => {
  test('is a page to be printed, which runs nothing', async () => {
    const { status, headers, bytes } = await console.get(path('interruptions'));
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(bytes.toString()).toContain('01/03/2026 00:00 – 31/03/2026 24:00');
    expect(console.reports.asked.interruptions).toEqual({
      ...{ scope: undefined, level: '15min', withParameters: false },
      ...{ from: new Date('2026-02-28T17:00:00Z'), to: new Date('2026-03-31T17:00:00Z') },
    });
  });

  test('is a table of CSV, with a decimal comma where it is asked for', async () => {
    const comma = await console.get(path('interruptions', '&format=csv'));
    expect(comma.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(comma.headers['content-disposition']).toContain(
      'filename="bao-cao-gian-doan_2026-03-01_2026-03-31.csv"',
    );
    expect([...comma.bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    const more = '&format=csv&table=totals&separator=semicolon';
    const totals = (await console.get(path('interruptions', more))).bytes.toString();
    expect(totals.split('\r\n')[0]).toMatch(/^\uFEFFNội dung · What is missing;Số trạm/);
    expect(await console.get(path('interruptions', '&format=csv&table=stations'))).toMatchObject({
      status: 400,
    });
  });

  test('is a workbook', async () => {
    const { status, headers, bytes } = await console.get(
      path('transmission', '&facility=CAPH&format=xlsx'),
    );
    expect(status).toBe(200);
    expect(headers['content-type']).toContain('spreadsheetml.sheet');
    expect(bytes.subarray(0, 2).toString()).toBe('PK');
    expect(console.reports.asked.transmission?.scope).toEqual({ kind: 'facility', code: 'CAPH' });
  });

  test('asks for what the query says', async () => {
    await console.get(path('interruptions', '&station=NUOSXL&level=12h&parameters=true'));
    expect(console.reports.asked.interruptions).toMatchObject({
      ...{ scope: { kind: 'station', code: 'NUOSXL' }, level: '12h', withParameters: true },
    });
  });

  test.each([
    ['without a period', '/api/v1/reports/transmission', 400, /both must be given/],
    ['of an unknown province', path('transmission', '&province=XX'), 404, /province "XX"/],
    ['of two scopes', path('transmission', '&station=NUOSXL&facility=CAPH'), 400, /only one of/],
    [
      'of more than a year',
      '/api/v1/reports/interruptions?from=01/01/2024%2000:00&to=01/02/2026%2000:00',
      ...[400, /762 days, 366 at most: ask for several periods/],
    ],
  ] as const)('%s is refused with what to do', async (_, url, status, message) => {
    const answer = await console.get(url);
    expect(answer.status).toBe(status);
    expect(answer.body['message']).toMatch(message);
    expect(answer.body['messageVi']).toBeTruthy();
  });
});

test('stations that do not send are listed, by state where it is asked for', async () => {
  const { body } = await console.get('/api/v1/disconnected-stations');
  expect(body['items']).toMatchObject([
    { station: 'KHIAMO', state: 'never-sent', stateText: { vi: 'chưa kết nối' }, since: null },
    { station: 'NUOSXL', state: 'never-sent', facility: 'CAPH', stop: null },
  ]);
  const lost = await console.get('/api/v1/disconnected-stations?state=lost');
  expect(lost.body).toEqual({ items: [] });
  const page = await console.get('/api/v1/reports/disconnected-stations');
  expect(page.bytes.toString()).toContain('chưa kết nối');
});

describe('missing instants', () => {
  const url =
    '/api/v1/gaps/missing?station=NUOSXL&from=2026-03-25T00:00:00Z&to=2026-03-26T00:00:00Z';

  test('are ranges with how much is filled, and single instants where they are asked for', async () => {
    expect((await console.get(url)).body).toEqual({
      series: [
        {
          ...{ parameter: null, expected: 288, received: 285, late: 3, valid: 280, missing: 3 },
          ...{ filledPercent: 98.9, instants: null },
          ranges: [
            {
              ...{ first: '2026-03-25T00:00:00.000Z', last: '2026-03-25T00:10:00.000Z' },
              ...{ count: 3, stepMinutes: 5 },
            },
          ],
        },
      ],
    });
    const { body } = await console.get(`${url}&instants=true&parameter=pH`);
    expect(body).toMatchObject({
      series: [
        {
          instants: [
            '2026-03-25T00:00:00.000Z',
            '2026-03-25T00:05:00.000Z',
            '2026-03-25T00:10:00.000Z',
          ],
        },
      ],
    });
    expect(console.reports.asked.missing?.parameter).toBe('pH');
  });

  test('are of a station and a parameter of the registry', async () => {
    expect((await console.get(url.replace('NUOSXL', 'NUO9'))).status).toBe(404);
    expect(await console.get(`${url}&parameter=XYZ`)).toMatchObject({
      ...{ status: 404, body: { message: 'no parameter "XYZ"' } },
    });
    expect((await console.get('/api/v1/gaps/missing?station=NUOSXL')).status).toBe(400);
  });
});
