import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { answerUrl } from '../gap-records/answer-links.ts';
import { composeMail } from '@envigate/mail';
import { readMail } from '@envigate/test-support';
import { renderMail, type MailLanguage } from './mail-blocks.ts';
import type { StationDetails } from './notice-figures.ts';
import { writeNotice, type NoticeTextParts } from './notice-texts.ts';
import type { Audience, GapNoticeKind, PlannedNotice, WatchedGap } from './plan-notices.ts';

// Each mail as its reader's program shows it, kept as a file beside which any change of words shows.
// ENVIGATE_TEST_WRITE_GOLDEN=1 writes the files anew.

const vietnam = (time: string): number => Date.parse(`${time}:00+07:00`);
const at = new Date(vietnam('2026-03-25T06:20'));

const details: Readonly<Record<string, StationDetails>> = {
  NUOSXL: {
    name: 'Trạm nước thải sau xử lý Cảnh Phú',
    kind: 'waste-water',
    facility: { vi: 'Khu công nghiệp Cảnh Phú', en: 'Canh Phu industrial park' },
    intervalMinutes: 5,
    lastFile: 'TB_CAPH_NUOSXL_20260324180500.txt',
  },
  KHIXM1: {
    name: 'Khí thải lò nung số 1',
    kind: 'stack-gas',
    facility: { vi: 'Nhà máy Xi măng Thanh Lâm', en: 'Thanh Lam cement plant' },
    intervalMinutes: 5,
    lastFile: undefined,
  },
};

const parts: NoticeTextParts = {
  code: 'GD-2026-000123',
  at,
  office: {
    name: {
      vi: 'Sở Nông nghiệp và Môi trường tỉnh A',
      en: 'Department of Agriculture and Environment of province A',
    },
    unit: 'Chi cục Bảo vệ môi trường',
    contact: 'Nguyễn Thị Lan, Chi cục Bảo vệ môi trường, điện thoại 0200 000 000',
    legalGround: undefined,
  },
  answer: undefined,
  detailsOf: (station) => details[station]!,
};

const answer = {
  url: answerUrl('https://quantrac.sonnmt.example.vn/'),
  until: new Date(vietnam('2026-04-01T06:20')),
};

function gapOf(station: string, more: Partial<WatchedGap> = {}): WatchedGap {
  return {
    ...{ gapId: 1, station, kind: 'transmission', parameter: undefined },
    ...{ from: vietnam('2026-03-24T18:05'), to: undefined, isFilled: false, excludedMs: 0 },
    ...{ isProbablyOurs: false, jointId: undefined, changedAt: 0 },
    ...{ isAcknowledged: false, announced: [], level: '12h' },
    ...more,
  };
}

function notice(
  kind: GapNoticeKind,
  audience: Audience,
  gaps: readonly WatchedGap[],
  number = 0,
): PlannedNotice {
  return { kind, audience, items: gaps.map((gap) => ({ gap, step: kind, number })) };
}

const facility = 'facility:CAPH';
const one = [gapOf('NUOSXL')];
const cement = gapOf('KHIXM1', { from: vietnam('2026-03-24T15:20'), excludedMs: 165 * 60_000 });
const back = gapOf('NUOSXL', { to: vietnam('2026-03-25T08:40') });
const many = Array.from({ length: 60 }, (_, i) => gapOf(i % 2 === 0 ? 'NUOSXL' : 'KHIXM1'));

const mails: Readonly<
  Record<string, readonly [PlannedNotice, Partial<NoticeTextParts>?, MailLanguage?]>
> = {
  'gap-12h-to-facility': [notice('gap-12h', facility, one)],
  'gap-12h-with-link': [notice('gap-12h', facility, one), { answer }],
  'recovery-with-link': [notice('recovery', facility, [back]), { answer }],
  escalation: [notice('escalation', 'escalation', one)],
  'gap-12h-with-legal-ground': [
    notice('gap-12h', facility, one),
    { office: { ...parts.office, legalGround: 'Quyết định số 12/2026/QĐ-UBND' } },
  ],
  'gap-12h-to-facility-in-english': [notice('gap-12h', facility, one), {}, 'en'],
  'gap-12h-to-facility-two-stations': [notice('gap-12h', facility, [cement, ...one])],
  'gap-12h-to-office': [notice('gap-12h', 'office', [cement, ...one])],
  'gap-12h-probably-ours': [
    notice('gap-12h', 'office', [gapOf('NUOSXL', { isProbablyOurs: true })]),
  ],
  'gap-12h-to-ministry': [notice('gap-12h', 'ministry', one)],
  'gap-1h-to-office': [
    notice('gap-1h', 'office', one),
    { at: new Date(vietnam('2026-03-24T19:10')) },
  ],
  'no-valid-data': [notice('gap-12h', facility, [gapOf('NUOSXL', { kind: 'no-valid-data' })])],
  reminder: [notice('reminder', facility, one, 3), { at: new Date(vietnam('2026-03-28T06:30')) }],
  recovery: [notice('recovery', facility, [back]), { at: new Date(vietnam('2026-03-25T08:50')) }],
  'recovery-filled': [notice('recovery', 'office', [gapOf('NUOSXL', { isFilled: true })])],
  flood: [notice('flood', 'office', many)],
  'flood-over': [notice('flood-over', 'office', [back, cement])],
};

/** As it is read: subject and text after their way through the form of a mail. */
async function arrived([planned, changes = {}, language = 'vi']: (typeof mails)[string]) {
  const rendered = renderMail(writeNotice(planned, { ...parts, ...changes }), language);
  const from = { name: parts.office.name.vi, address: 'quantrac@sonnmt.example.vn' };
  const envelope = { messageId: '<1@sonnmt.example.vn>', date: at };
  const to = { name: undefined, address: 'lan@caph.example.vn' };
  const parsed = await readMail(await composeMail({ ...envelope, to, ...rendered }, { from }));
  return { parsed, rendered };
}

const goldenOf = (name: string): URL =>
  new URL(`../testing/notice-mails/${name}.txt`, import.meta.url);

describe.each(Object.keys(mails))('the mail %s', (name) => {
  test('has the words that were agreed', async () => {
    const { parsed } = await arrived(mails[name]!);
    const shown = `${parsed.subject ?? ''}\n\n${parsed.text?.trimEnd() ?? ''}\n`;
    if (process.env['ENVIGATE_TEST_WRITE_GOLDEN'] === '1') await writeFile(goldenOf(name), shown);
    expect(shown).toBe(await readFile(goldenOf(name), 'utf8'));
  });

  test('accuses nobody, shouts nothing, threatens with nothing', async () => {
    const { parsed } = await arrived(mails[name]!);
    const all = `${parsed.subject ?? ''} ${parsed.text ?? ''}`;
    // The one link that a mail may have.
    const shown = all.replaceAll(answer.url, '');
    expect(shown).not.toMatch(/cảnh báo|vi phạm|không truyền|phạt|cố tình|!|https?:/iu);
    expect(parsed.html).not.toMatch(/color:\s*(?:red|#f00)/i);
    expect(shown).toBe(shown.normalize('NFC'));
    const heading = (parsed.subject ?? '').split(' – ')[0]!;
    expect(heading.length).toBeLessThanOrEqual(70);
  });
});

test('a gap that goes on counts the files that are missing, as of the notice', async () => {
  const { rendered } = await arrived(mails['gap-12h-to-facility']!);
  expect(rendered.text).toContain('Thời gian gián đoạn: 12 giờ 15 phút, chưa khôi phục');
  expect(rendered.text).toContain('Số tệp chưa nhận được: 147 tệp (tần suất truyền: 05 phút/lần)');
});
