import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { StationHeard } from '@envigate/contracts';
import { RegistryView } from '@envigate/domain';
import { renderBoard, type BoardView } from './page.ts';
import { at, board, boardFile } from '../testing/rows.ts';
import { startConsole, type TestConsole } from '../testing/start-console.ts';

let console: TestConsole;
beforeEach(async () => {
  console = await startConsole();
});
afterEach(() => console.close());

const away = Object.assign(new Error('connection refused'), { retryable: true });
const page = async (url = '/') => {
  const { status, headers, bytes } = await console.get(url);
  return { status, headers, html: bytes.toString() };
};
/** The text as a reader sees it, without marks and with single blanks. */
const textOf = (html: string): string =>
  html
    .replace(/<style>[^]*<\/style>/, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

const heard = (lastInstant: Date, openGap: StationHeard['openGap'] = null): StationHeard => ({
  lastInstant,
  lastReceivedAt: lastInstant,
  openGap,
});

describe('the board', () => {
  test('shows what flows, in Vietnamese with English beside it', async () => {
    const { status, headers, html } = await page();
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(html).toMatch(/^<!doctype html>\s*<html lang="vi">/);
    const text = textOf(html);
    for (const part of [
      'Lúc 25/03/2026 00:05, giờ Việt Nam (UTC+7)',
      'Cơ sở dữ liệu Database ● Hoạt động Answers',
      'Luồng sự kiện (PostgreSQL) Event log ● Hoạt động',
      'Hàng đợi tiếp nhận Spool ● Không có tệp chờ',
      'Lượt nhận tệp Files received 16 1.266',
      'đã lưu stored 11 1.211',
      'trùng duplicate 2 22',
      'cách ly quarantined 3 33',
      'Giá trị đo mới New readings 88 12.345',
      'Lượt truyền về Bộ Delivered to the ministry 9 1.200',
      'bị từ chối refused 0 1',
      'Đang chờ truyền về Bộ: 4.',
      'trung vị 0,3 giây, 99% dưới 1,5 giây.',
      'Tổng số 2 trạm: đang gián đoạn 0, chậm 0, chưa nhận được dữ liệu 1, bình thường 1.',
      'NUOSXL Nước sau xử lý Treated water Nhà máy Cẩm Phả ● Bình thường In time',
      'Đang truyền, 4 tệp chờ',
    ]) {
      expect(text).toContain(part);
    }
    expect(html).toContain('<span class="en" lang="en">Newest files</span>');
    for (const link of ['/openapi.json', '/guide']) expect(html).toContain(`href="${link}"`);
  });

  test('says of each file what became of it, and why', async () => {
    console.queries.shownBoard = {
      ...board,
      files: [
        boardFile,
        {
          ...boardFile,
          ...{ station: null, outcome: 'quarantined', reason: 'unknown-station', warnings: [] },
          deliveries: { due: 0, sent: 0, refused: 0, 'set-aside': 0, withheld: 0 },
        },
        { ...boardFile, outcome: 'duplicate', isReplay: true, reason: null, warnings: [] },
        { ...boardFile, deliveries: { due: 0, sent: 1, refused: 2, 'set-aside': 0, withheld: 0 } },
        { ...boardFile, outcome: 'quarantined', reason: 'reason-of-a-later-version' },
      ],
    };
    const [, ...rows] = (await page()).html.split('id="tep"')[1]!.split('<tr role="row">');
    const [stored, quarantined, duplicate, refused, unknown] = rows.slice(1).map(textOf);
    expect(stored).toContain(
      'TB_CAPH_NUOSXL_20260325000000.txt 25/03/2026 00:00 · NUOSXL Nước sau xử lý ▲ Đã lưu Stored 8 giá trị mới 8 new readings 1 giá trị thay thế 1 correction 3 dòng trong khu cách ly: 3 lines in quarantine:',
    );
    expect(stored).toContain('▲ Chờ truyền Waiting ● Đã truyền Sent');
    expect(quarantined).toContain('tài khoản account caph ■ Cách ly Quarantined');
    expect(quarantined).toMatch(/trạm.*station.* – $/);
    expect(duplicate).toContain('○ Trùng Duplicate xử lý lại replay');
    expect(refused).toContain('■ Bị từ chối: 2 Refused: 2 ● Đã truyền Sent');
    expect(unknown).toContain('reason-of-a-later-version');
  });

  test('lists stations without data first, the longest silent at the top', async () => {
    const station = (code: string) => ({
      ...{ code, facility: 'CAPH', name: code, kind: 'waste-water' as const, intervalMinutes: 5 },
    });
    await console.close();
    console = await startConsole({
      stations: [
        ...['INTIME', 'NEVER', 'LATE', 'GAP1', 'GAP30'].map(station),
        { ...station('EAST'), utcOffsetMinutes: 480 },
      ],
    });
    console.queries.shownBoard = {
      ...board,
      stations: new Map([
        ['INTIME', heard(at('17:00:00'))],
        ['EAST', heard(at('16:50:00'))],
        ['LATE', heard(at('16:44:00'))],
        ['GAP1', heard(at('15:00:00'), { from: at('15:00:00'), level: '1h' })],
        [
          'GAP30',
          heard(new Date('2026-03-23T11:05:00Z'), {
            from: new Date('2026-03-23T11:05:00Z'),
            level: '12h',
          }),
        ],
      ]),
    };
    const { html } = await page();
    const rows = html.split('id="tram"')[1]!.split('id="tep"')[0]!.split('<tr role="row">');
    expect(rows.slice(2).map((row) => /stations\/(\w+)/.exec(row)?.[1])).toEqual([
      ...['GAP30', 'GAP1', 'LATE', 'NEVER', 'EAST', 'INTIME'],
    ]);
    const text = textOf(html);
    expect(text).toContain('■ Gián đoạn 30 giờ 0 phút No data for 30 h 0 min');
    expect(text).toContain('▲ Gián đoạn 2 giờ 5 phút');
    expect(text).toContain('▲ Chậm 21 phút Late, 21 min');
    expect(text).toContain('Dữ liệu gần nhất 25/03/2026 00:50 (UTC+8)');
    expect(html).toContain('<title>(2) Bảng theo dõi – Envigate</title>');
  });

  test('shows a hundred stations a page, and says how many there are', async () => {
    await console.close();
    const stations = Array.from({ length: 250 }, (_, i) => ({
      ...{ code: `S${i}`, facility: 'CAPH', name: `Trạm ${i}`, kind: 'surface-water' as const },
    }));
    console = await startConsole({ stations });
    const codesOf = (html: string) => html.match(/(?<=\/stations\/)S\d+/g);
    const first = (await page()).html;
    expect(codesOf(first)).toHaveLength(100);
    expect(first).toContain('href="/?page=2#tram"');
    expect(textOf(first)).toContain('Tổng số 250 trạm');
    const last = (await page('/?page=3&refresh=off')).html;
    expect(codesOf(last)).toHaveLength(50);
    expect(last).toContain('href="/?page=2&#38;refresh=off#tram"');
    expect(codesOf((await page('/?page=9999')).html)).toEqual(codesOf(last));
    expect((await page('/?page=0')).status).toBe(400);
  });

  test('escapes whatever strangers and the registry may write', async () => {
    const evil = `"><script>alert('x')</script>&amp;`;
    await console.close();
    console = await startConsole({
      stations: [
        {
          ...{ code: 'NUOSXL', facility: evil, name: evil, nameEn: evil },
          kind: 'waste-water',
        },
      ],
    });
    console.queries.shownBoard = {
      ...board,
      files: [
        { ...boardFile, name: `${evil}.txt`, reason: evil, warnings: [evil] },
        { ...boardFile, station: null, account: evil },
        { ...boardFile, station: evil },
      ],
      targets: new Map(
        [...board.targets].map(([code, progress]) => [
          code,
          { ...progress, failingStations: 1, failure: evil },
        ]),
      ),
    };
    const { html } = await page();
    expect(html).not.toMatch(/<script|<img|alert\('x'\)/i);
    const escaped = '&#34;&#62;&#60;script&#62;alert(&#39;x&#39;)&#60;/script&#62;&#38;amp;';
    expect(html.split(escaped).length - 1).toBe(10);
  });

  test('can be read and nothing else: no script, nothing from elsewhere, no frame', async () => {
    const { headers, html } = await page();
    const style = /<style>([^]*)<\/style>/.exec(html)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(headers['content-security-policy']).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(headers).toMatchObject({
      ...{ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' },
      'referrer-policy': 'no-referrer',
    });
    expect(html).not.toMatch(/<script|\son\w+=|\sstyle=|https?:\/\//);
  });

  test('reloads itself at the same address, unless it is paused', async () => {
    const first = (await page('/?page=1')).html;
    expect(first).toContain('<meta http-equiv="refresh" content="30" />');
    expect(first).toContain('href="/?refresh=off"');
    const paused = (await page('/?refresh=off')).html;
    expect(paused).not.toContain('http-equiv="refresh"');
    expect(paused).toContain('href="/?refresh=on"');
  });

  test('asks the record once, however many look at it', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => page()));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(console.queries.boardsAsked).toBe(1);
    expect(console.queries.boardQuestion).toEqual({
      recentFrom: at('16:50:00'),
      // Midnight of the office.
      todayFrom: at('17:00:00'),
      stations: ['NUOSXL', 'KHIAMO'],
      files: 25,
    });
  });

  test('answers 503 and says so while the database is away', async () => {
    console.queries.failure = away;
    const { status, html } = await page();
    expect(status).toBe(503);
    expect(textOf(html)).toContain(
      'Cơ sở dữ liệu không trả lời. The database does not answer. Tệp gửi đến vẫn được tiếp nhận',
    );
    expect(textOf(html)).toContain('■ Không trả lời Does not answer');
    expect(html).toContain('http-equiv="refresh"');
  });

  test('says what else does not answer, or waits', async () => {
    console.gateway.checkEventLog = () => Promise.reject(new Error('no broker'));
    console.gateway.eventLogKind = 'kafka';
    console.gateway.spool = async () => ({ files: 1234, oldestSeconds: 4000 });
    const { status, html } = await page();
    expect(status).toBe(200);
    expect(textOf(html)).toContain('Luồng sự kiện (Kafka) Event log ■ Không trả lời');
    expect(textOf(html)).toContain(
      '▲ 1.234 tệp chờ, lâu nhất 1 giờ 6 phút 1,234 files waiting, the oldest for 1 h 6 min',
    );
  });

  test('does not hide a fault of the program behind the last figures', async () => {
    console.queries.failure = new TypeError('x is not a function');
    const { status } = await console.get('/');
    expect(status).toBe(500);
  });
});

describe('the page of a view', () => {
  const view: BoardView = {
    now: at('17:05:00'),
    record: { board, readAt: at('16:58:00') },
    ...{ databaseAnswers: true, eventLogAnswers: true, eventLogKind: 'postgres' },
    ...{ spool: undefined, registry: RegistryView.empty, graceMinutes: 15 },
    ...{ page: 1, refreshes: true },
  };

  test('keeps the last figures, with their time, while the database is away', () => {
    const { status, html } = renderBoard({ ...view, databaseAnswers: false });
    expect(status).toBe(503);
    expect(textOf(html)).toContain('Số liệu dưới đây là của lúc 24/03/2026 23:58.');
    expect(textOf(html)).toContain('Lượt nhận tệp Files received 16 1.266');
  });

  test('of an empty installation says what is not registered yet', () => {
    const empty = { ...board, stations: new Map(), targets: new Map(), files: [] };
    const text = textOf(renderBoard({ ...view, record: { board: empty, readAt: view.now } }).html);
    for (const part of [
      ...['Chưa khai báo máy chủ nhận.', 'Chưa khai báo trạm nào.', 'Chưa nhận tệp nào.'],
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain('Hàng đợi tiếp nhận');
  });

  test('says of a large backlog only that it is larger', () => {
    const registry = new RegistryView({
      ...RegistryView.empty.registry,
      targets: [{ code: 'bo', kind: 'ftp', url: 'ftp://x/' }],
    });
    const progress = { ...board.targets.get('ministry-ftp')!, due: 10_001, failingStations: 12 };
    const record = { board: { ...board, targets: new Map([['bo', progress]]) }, readAt: view.now };
    const text = textOf(renderBoard({ ...view, registry, record }).html);
    expect(text).toContain('■ Lỗi truyền: 12 trạm, trên 10.000 tệp chờ');
    expect(text).toContain('Đang chờ truyền về Bộ: trên 10.000.');
  });
});

test("the operators' guide is shown as it is written", async () => {
  const { status, html } = await page('/guide');
  expect(status).toBe(200);
  expect(html).toContain('<pre id="guide-of-operators"># Guide &#60;of&#62; operators</pre>');
  console.gateway.readGuide = async () => '# Cảnh báo / Alerts\n\n### EnvigateClockWrong\n\nText.';
  expect((await page('/guide')).html).toContain(
    '<pre id="cảnh-báo--alerts"># Cảnh báo / Alerts\n\n</pre><pre id="envigateclockwrong">### EnvigateClockWrong\n\nText.</pre>',
  );
  console.gateway.readGuide = async () => undefined;
  expect((await console.get('/guide')).body).toMatchObject({ code: 'not-found' });
});
