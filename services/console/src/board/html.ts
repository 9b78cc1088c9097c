/** Text that is HTML already. Made by `html` alone, so that everything else is escaped. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Piece = string | number | Markup | undefined | readonly Markup[];

/** A template of HTML: what is put into it is escaped, unless it was made by this tag itself. */
export function html(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return new Markup(String.raw({ raw: parts }, ...pieces.map(markupOf)));
}

function markupOf(piece: Piece): string {
  if (piece === undefined) return '';
  if (piece instanceof Markup) return piece.text;
  if (typeof piece === 'object') return piece.map(({ text }) => text).join('');
  return String(piece).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Vietnamese, and the same in English beside it. */
export function both(vi: string | Markup, en: string | Markup): Markup {
  return html`${vi} <span class="en" lang="en">${en}</span>`;
}

export type Tone = 'good' | 'warn' | 'bad' | 'idle';

/** A mark whose form says the same as its colour. */
export function pill(tone: Tone, vi: string, en: string): Markup {
  const mark = { good: '●', warn: '▲', bad: '■', idle: '○' }[tone];
  return html`<span class="pill ${tone}"
    ><span aria-hidden="true">${mark}</span> ${both(vi, en)}</span
  >`;
}

/**
 * A table that is shown as cards on a phone. The roles are said, as some browsers take a table that
 * is not displayed as one for no table.
 */
export function rowTable(
  labelledBy: string,
  columns: readonly Markup[],
  rows: readonly Markup[],
): Markup {
  return html`<table class="rows" role="table" aria-labelledby="${labelledBy}">
    <thead role="rowgroup">
      <tr role="row">
        ${columns.map((column) => html`<th scope="col" role="columnheader">${column}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows}
    </tbody>
  </table>`;
}

export function tableRow(head: Markup, cells: readonly (Markup | readonly Markup[])[]): Markup {
  return html`<tr role="row">
    <th scope="row" role="rowheader">${head}</th>
    ${cells.map((cell) => html`<td role="cell">${cell}</td>`)}
  </tr> `;
}

/** Text with its own line breaks. */
export function preformatted(text: string): Markup {
  // prettier-ignore
  return html`<pre>${text}</pre>`;
}
