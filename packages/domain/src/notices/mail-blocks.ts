import type { BilingualText } from '@envigate/contracts';

/** A part of a mail in one language. Text and HTML are made from the same parts, so that they have the same words. */
export type MailBlock =
  | { readonly kind: 'paragraph' | 'foot'; readonly text: string }
  | { readonly kind: 'link'; readonly url: string }
  | { readonly kind: 'numbered-list'; readonly items: readonly string[] }
  | { readonly kind: 'facts'; readonly rows: readonly (readonly [string, string])[] }
  | {
      readonly kind: 'table';
      readonly head: readonly string[];
      readonly rows: readonly (readonly string[])[];
    };

export interface MailContent {
  readonly subject: BilingualText;
  readonly vi: readonly MailBlock[];
  readonly en: readonly MailBlock[];
}

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export type MailLanguage = 'vi' | 'en';

export function paragraph(text: string): MailBlock {
  return { kind: 'paragraph', text };
}

/** The first line of a mail; none where nobody is to be addressed by name. */
export function addressedTo(name: string | undefined): readonly MailBlock[] {
  return name === undefined ? [] : [paragraph(`Kính gửi: ${name}`)];
}

/** The language of the recipient first, the other one below. */
export function renderMail(content: MailContent, language: MailLanguage): RenderedMail {
  const halves = (language === 'vi' ? (['vi', 'en'] as const) : (['en', 'vi'] as const)).filter(
    (half) => content[half].length > 0,
  );
  const text = halves.map((half) => content[half].map(blockAsText).join('\n\n'));
  const html = halves.map(
    (half) => `<div lang="${half}">\n${content[half].map(blockAsHtml).join('\n')}\n</div>`,
  );
  return {
    subject: content.subject[language],
    text: `${text.join('\n\n—\n\n')}\n`,
    html: page(language, html.join('\n<hr style="margin:24px 0">\n')),
  };
}

function blockAsText(block: MailBlock): string {
  switch (block.kind) {
    case 'paragraph':
    case 'foot':
      return block.text;
    case 'link':
      return block.url;
    case 'numbered-list':
      return block.items.map((item, i) => `${i + 1}. ${item}`).join('\n');
    case 'facts':
      return block.rows.map(([label, value]) => `${label}: ${value}`).join('\n');
    case 'table':
      return [block.head, ...block.rows].map((row) => row.join(' | ')).join('\n');
  }
}

const cell = 'border:1px solid #999;padding:4px 8px;text-align:left;vertical-align:top';
const table = 'border-collapse:collapse;margin:12px 0';

function blockAsHtml(block: MailBlock): string {
  switch (block.kind) {
    case 'paragraph':
      return `<p>${escaped(block.text)}</p>`;
    case 'foot':
      return `<p style="color:#555;font-size:13px"><em>${escaped(block.text)}</em></p>`;
    case 'link':
      return `<p><a href="${escaped(block.url)}"><strong>${escaped(block.url)}</strong></a></p>`;
    case 'numbered-list':
      return `<ol>\n${block.items.map((item) => `<li>${escaped(item)}</li>`).join('\n')}\n</ol>`;
    case 'facts':
      return rowsAsHtml(
        block.rows.map(([label, value]) => [
          `<th scope="row" style="${cell}">${escaped(label)}</th>`,
          valueCell(value),
        ]),
      );
    case 'table':
      return rowsAsHtml([
        block.head.map((name) => `<th scope="col" style="${cell}">${escaped(name)}</th>`),
        ...block.rows.map((row) => row.map(valueCell)),
      ]);
  }
}

function rowsAsHtml(rows: readonly (readonly string[])[]): string {
  const lines = rows.map((cells) => `<tr>${cells.join('')}</tr>`);
  return `<table style="${table}">\n${lines.join('\n')}\n</table>`;
}

function valueCell(value: string): string {
  return `<td style="${cell}">${escaped(value)}</td>`;
}

function page(language: MailLanguage, body: string): string {
  return `<!DOCTYPE html>
<html lang="${language}">
<head><meta charset="utf-8"></head>
<body style="font-family:'Segoe UI',Roboto,Arial,sans-serif;font-size:15px;line-height:1.5;color:#222;max-width:720px">
${body}
</body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => entities[sign] ?? sign);
}

const longestSubject = 110;

/** The heading whole, and as much of the name as there is room for. */
export function withName(heading: string, name: string): string {
  const whole = `${heading} – ${name}`;
  if (whole.length <= longestSubject) return whole;
  const room = longestSubject - heading.length - ' – …'.length;
  return room < 8 ? heading : `${heading} – ${name.slice(0, room).trimEnd()}…`;
}
