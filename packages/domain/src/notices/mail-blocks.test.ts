import { describe, expect, test } from '@jest/globals';
import { renderMail, withName, type MailContent } from './mail-blocks.ts';

const content: MailContent = {
  subject: { vi: 'Chủ đề', en: 'Subject' },
  vi: [
    { kind: 'paragraph', text: 'Kính gửi: Công ty <A> & "B"' },
    { kind: 'facts', rows: [['Trạm', 'NUO <1>']] },
    { kind: 'numbered-list', items: ['Một', 'Hai'] },
    {
      kind: 'table',
      head: ['TT', 'Trạm'],
      rows: [['1', 'NUO1']],
    },
  ],
  en: [{ kind: 'foot', text: 'This is an automatic notice.' }],
};

const words = (text: string): readonly string[] =>
  text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '' && !/^\d$/.test(word));

describe('a mail', () => {
  test('has the same words as text and as HTML', () => {
    const { text, html } = renderMail(content, 'vi');
    const shown = html
      .replace(/<[^>]*>/g, ' ')
      .replace(/&lt;|&gt;|&amp;|&quot;/g, ' ')
      .replace(/\s+/g, ' ');
    expect(words(shown)).toEqual(words(text));
  });

  test('escapes what comes from the registry', () => {
    expect(renderMail(content, 'vi').html).toContain('Công ty &lt;A&gt; &amp; &quot;B&quot;');
  });

  test('begins with the language of its reader', () => {
    const vi = renderMail(content, 'vi');
    expect([vi.subject, vi.text.startsWith('Kính gửi')]).toEqual(['Chủ đề', true]);
    const en = renderMail(content, 'en');
    expect([en.subject, en.text.startsWith('This is')]).toEqual(['Subject', true]);
    expect(en.html.indexOf('lang="en"')).toBeLessThan(en.html.indexOf('lang="vi"'));
  });
});

test('a subject keeps its heading whole and cuts the name', () => {
  const heading = 'Gián đoạn truyền dữ liệu trên 12 giờ: trạm NUOSXL';
  expect(withName(heading, 'KCN Cảnh Phú')).toBe(`${heading} – KCN Cảnh Phú`);
  const cut = withName(heading, 'Công ty Cổ phần '.repeat(10));
  expect(cut.startsWith(`${heading} – Công ty Cổ phần`)).toBe(true);
  expect(cut.length).toBeLessThanOrEqual(110);
  expect(withName('x'.repeat(105), 'KCN')).toBe('x'.repeat(105));
});
