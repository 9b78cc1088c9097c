import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { fileId, overview, reception } from './testing/rows.ts';
import { startConsole, type TestConsole } from './testing/start-console.ts';

let console: TestConsole;
beforeEach(async () => {
  console = await startConsole();
});
afterEach(() => console.close());

async function items(path: string): Promise<readonly Record<string, unknown>[]> {
  const { status, body } = await console.get(path);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body['items'] as Record<string, unknown>[];
}

describe('overview', () => {
  test('shows the figures as they are', async () => {
    const { body } = await console.get('/api/v1/overview');
    expect(body).toEqual(JSON.parse(JSON.stringify(overview)));
  });

  test('lists as many receptions as asked for', async () => {
    expect((await console.get('/api/v1/overview?latest=0')).body['latest']).toEqual([]);
    expect((await console.get('/api/v1/overview?latest=101')).status).toBe(400);
  });
});

describe('stations', () => {
  test('has names, facility, interval and activity of every station of the registry', async () => {
    expect(await items('/api/v1/stations')).toEqual([
      {
        station: 'NUOSXL',
        name: { vi: 'Nước sau xử lý', en: 'Treated water' },
        kind: 'waste-water',
        facility: { code: 'CAPH', name: { vi: 'Nhà máy Cẩm Phả', en: 'Cam Pha plant' } },
        intervalMinutes: 15,
        utcOffsetMinutes: 420,
        lastInstant: '2026-03-24T17:00:00.000Z',
        lastLocalTime: '2026-03-25T00:00:00+07:00',
        lastReceivedAt: '2026-03-24T17:00:03.250Z',
        openGap: { from: '2026-03-24T17:00:00.000Z', level: '1h' },
        clock: {
          offsetAtLeastSeconds: -3,
          verdict: 'in-step',
          looksLikeUtc: false,
          text: {
            vi: 'không lệch đáng kể (chậm tối đa 3 giây)',
            en: 'no significant offset (at most 3 s behind)',
          },
          measured: {
            files: 48,
            from: '2026-03-24T13:05:03.000Z',
            to: '2026-03-24T17:00:03.250Z',
            leastLagSeconds: 3,
            medianLagSeconds: 3.5,
          },
        },
        lastDay: { stored: 1, duplicates: 2, quarantined: 3, readings: 4, corrections: 5 },
      },
      expect.objectContaining({
        station: 'KHIAMO',
        name: { vi: 'Khí ống khói', en: null },
        intervalMinutes: 5,
        utcOffsetMinutes: 480,
        lastLocalTime: '2026-03-25T01:00:00+08:00',
      }),
    ]);
  });

  test('shows one station as in the list', async () => {
    const [, second] = await items('/api/v1/stations');
    expect((await console.get('/api/v1/stations/KHIAMO')).body).toEqual(second);
  });

  test('does not know a station that is not in the registry', async () => {
    expect(await console.get('/api/v1/stations/constructor')).toMatchObject({
      status: 404,
      body: {
        ...{ code: 'not-found', message: 'no station "constructor"' },
        messageVi: 'Không có trạm "constructor"',
      },
    });
  });
});

describe('files', () => {
  test('shows receptions with their reasons and warnings in words', async () => {
    const [row] = await items('/api/v1/files');
    expect(row).toEqual({
      ...JSON.parse(JSON.stringify(reception)),
      notUnderstood: [
        {
          ...{ reason: 'time-unreadable', rows: 2, open: 1, line: 3 },
          ...{ expected: 'a time', expectedVi: 'thời gian đo' },
          reasonText: {
            en: 'The time does not exist in the calendar, or its format is unknown.',
            vi: 'Thời gian đo không tồn tại (ví dụ ngày 30/02) hoặc không đúng định dạng đã biết.',
          },
        },
        {
          ...{ reason: 'of-a-later-version', rows: 1, open: 1, line: 5 },
          ...{ expected: 'what is not known yet', expectedVi: null, reasonText: null },
        },
      ],
      warnings: [
        {
          ...{ code: 'duplicate-line', detail: 'line 4', detailVi: 'dòng 4' },
          text: {
            en: 'The line repeats an earlier one of the file.',
            vi: 'Dòng lặp lại một dòng trước trong tệp.',
          },
        },
        { code: 'of-a-later-version', detail: 'line 5', detailVi: null, text: null },
      ],
    });
  });

  test('asks for what the query says', async () => {
    await items(
      '/api/v1/files?station=NUOSXL&account=caph&name=TB_*&outcome=quarantined' +
        '&from=2026-03-25T00:00:00%2B07:00&to=2026-03-25T00:00:00Z&limit=7',
    );
    expect(console.queries.asked.receptions).toEqual({
      station: 'NUOSXL',
      account: 'caph',
      name: 'TB_*',
      outcome: 'quarantined',
      from: new Date('2026-03-24T17:00:00Z'),
      to: new Date('2026-03-25T00:00:00Z'),
      limit: 7,
      after: undefined,
    });
  });

  test('shows a file with its receptions, quarantine and deliveries', async () => {
    const { body } = await console.get(`/api/v1/files/${fileId}`);
    expect(body).toMatchObject({
      fileId,
      state: 'stored',
      dataFrom: '2026-03-24T16:55:00.000Z',
      receptions: [{ receptionId: reception.receptionId }],
      quarantine: [{ quarantineId: 41, reasonText: { en: expect.any(String) } }],
      deliveries: [{ deliveryId: 77 }],
    });
  });

  test('gives the original byte for byte', async () => {
    const { bytes, headers } = await console.get(`/api/v1/files/${fileId}/content`);
    expect([...bytes]).toEqual([0, 13, 10, 255]);
    expect(headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${reception.name}"; filename*=UTF-8''${reception.name}`,
      'x-content-type-options': 'nosniff',
    });
  });

  test('gives it as something to be saved under a name that does no harm', async () => {
    console.queries.bytes = { name: '../trạm\r\n.html', content: Buffer.from('<script>') };
    const { headers } = await console.get(`/api/v1/files/${fileId}/content`);
    expect(headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="_tr_m__.html"; filename*=UTF-8''_tr%E1%BA%A1m__.html`,
    });
  });

  test.each(['', '/content'])(
    'answers 404 for a file it has not%s, 400 for no id',
    async (part) => {
      const unknown = 'ef'.repeat(32);
      expect(await console.get(`/api/v1/files/${unknown}${part}`)).toMatchObject({
        status: 404,
        body: { message: `no file "${unknown}"`, messageVi: `Không có tệp "${unknown}"` },
      });
      expect((await console.get(`/api/v1/files/ABC${part}`)).status).toBe(400);
    },
  );
});

describe('readings', () => {
  test("has the time of UTC and of the station's clock", async () => {
    const [row] = await items('/api/v1/readings');
    expect(row).toMatchObject({
      instant: '2026-03-24T17:00:00.000Z',
      localTime: '2026-03-25T00:00:00+07:00',
      value: 7.25,
      reasons: ['out-of-range@1[0..7]'],
      supersededAt: null,
    });
  });

  test('says what a status was read as, beside what was sent', async () => {
    const [row] = console.queries.rows.readings;
    const reasons = [[], ['missing@2', 'status-fault@1'], ['status-unknown@1']];
    console.queries.rows = {
      ...console.queries.rows,
      readings: ['0', 'Lỗi', ''].map((status, i) => ({ ...row!, status, reasons: reasons[i]! })),
    };
    const shown = await items('/api/v1/readings');
    expect(shown.map(({ status, statusCode }) => [status, statusCode])).toEqual([
      ['0', '00'],
      ['Lỗi', '02'],
      ['', null],
    ]);
  });

  test('keeps null apart from zero', async () => {
    const [row] = console.queries.rows.readings;
    console.queries.rows = {
      ...console.queries.rows,
      readings: [
        { ...row!, value: null },
        { ...row!, value: 0 },
        { ...row!, value: -1.5e-300 },
      ],
    };
    const shown = await items('/api/v1/readings');
    expect(shown.map(({ value }) => value)).toEqual([null, 0, -1.5e-300]);
  });

  test('asks for what the query says', async () => {
    await items('/api/v1/readings?parameter=pH&flag=4&revisions=true');
    expect(console.queries.asked.readings).toMatchObject({
      parameter: 'pH',
      flag: 4,
      revisions: true,
    });
    await items('/api/v1/readings');
    expect(console.queries.asked.readings).toMatchObject({ flag: undefined, revisions: false });
  });
});

test('a parameter without a station needs a day, or a flag that is rare', async () => {
  const asked = async (query: string) =>
    (await console.get(`/api/v1/readings?parameter=pH${query}`)).status;
  expect(await asked('')).toBe(400);
  expect(await asked('&flag=1')).toBe(400);
  expect(await asked('&from=2026-03-24T00:00:00Z')).toBe(400);
  expect(await asked('&from=2026-03-24T00:00:00Z&to=2026-03-25T00:00:01Z')).toBe(400);
  expect(await asked('&from=2026-03-24T00:00:00Z&to=2026-03-25T00:00:00Z')).toBe(200);
  expect(await asked('&flag=9')).toBe(200);
  expect(await asked('&station=NUOSXL')).toBe(200);
});

describe('quarantine', () => {
  test('gives the reason in both languages', async () => {
    const [row] = await items('/api/v1/quarantine');
    expect(row).toMatchObject({
      reason: 'time-unreadable',
      reasonText: {
        en: 'The time does not exist in the calendar, or its format is unknown.',
        vi: 'Thời gian đo không tồn tại (ví dụ ngày 30/02) hoặc không đúng định dạng đã biết.',
      },
      line: 3,
      column: 4,
      station: null,
    });
  });

  test('asks for what the query says, and knows only reasons that put things there', async () => {
    await items('/api/v1/quarantine?scope=file&reason=unknown-station&account=caph');
    expect(console.queries.asked.quarantine).toMatchObject({
      scope: 'file',
      reason: 'unknown-station',
      account: 'caph',
    });
    expect((await console.get('/api/v1/quarantine?reason=out-of-range')).status).toBe(400);
  });
});

test('notices asks for what the query says, and shows no address', async () => {
  const [notice] = await items('/api/v1/notices?state=due&kind=gap-12h&station=NUOSXL');
  expect(console.queries.asked.notices).toMatchObject({
    ...{ state: 'due', kind: 'gap-12h', station: 'NUOSXL' },
  });
  expect(JSON.stringify(notice)).not.toContain('lan@');
  expect(notice).toMatchObject({ mails: [{ mailbox: '***@caph.example.vn' }] });
  expect((await console.get('/api/v1/notices?state=lost')).status).toBe(400);
});

test('gaps asks for what the query says', async () => {
  await items('/api/v1/gaps?open=false&level=1h&station=NUOSXL');
  expect(console.queries.asked.gaps).toMatchObject({
    open: false,
    level: '1h',
    station: 'NUOSXL',
  });
  expect((await console.get('/api/v1/gaps?level=2h')).status).toBe(400);
});

test('gaps of a facility or a province are those of its stations', async () => {
  await items('/api/v1/gaps?facility=CAPH&probablyOurs=true');
  expect(console.queries.asked.gaps).toMatchObject({
    ...{ stations: ['NUOSXL', 'KHIAMO'], probablyOurs: true },
  });
  expect(await console.get('/api/v1/gaps?facility=CAPHE')).toMatchObject({
    ...{ status: 404, body: { message: 'no facility "CAPHE"' } },
  });
  expect(await console.get('/api/v1/gaps?province=XX')).toMatchObject({ status: 404 });
  expect(await console.get('/api/v1/gaps?facility=CAPH&province=QNi')).toMatchObject({
    ...{ status: 400, body: { message: 'give only one of facility, province' } },
  });
});

test('deliveries asks for what the query says', async () => {
  await items('/api/v1/deliveries?state=due&target=ministry&station=KHIAMO');
  expect(console.queries.asked.deliveries).toMatchObject({
    state: 'due',
    target: 'ministry',
    station: 'KHIAMO',
  });
});

test('counts questions by operation and how they ended', async () => {
  await console.get('/api/v1/gaps');
  await console.get('/api/v1/gaps?station=nobody');
  console.queries.failure = new Error('broken');
  await console.get('/api/v1/gaps');
  const metrics = await console.metrics();
  for (const outcome of ['answered', 'refused', 'failed']) {
    expect(metrics).toContain(
      `envigate_console_questions_total{operation="listGaps",outcome="${outcome}"} 1`,
    );
  }
});
