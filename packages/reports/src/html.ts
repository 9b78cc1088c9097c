import {
  both,
  exactNumber,
  headingOf,
  html,
  Markup,
  officersTime,
  rounded,
  type ReportCell,
  type ReportColumn,
  type ReportDocument,
  type ReportTable,
} from '@envigate/domain';

export interface RenderedPage {
  readonly html: string;
  /** The content of its only style element, for a Content-Security-Policy. */
  readonly style: string;
}

/** A report as a page to be printed on A4, Vietnamese first, with English beside it. It has no script and no link. */
export function renderHtml({ title, facts, tables, notes }: ReportDocument): RenderedPage {
  const page = html`<!doctype html>
    <html lang="vi">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title.vi}</title>
        ${new Markup(`<style>${style}</style>`)}
      </head>
      <body>
        <header>
          <h1>${title.vi}</h1>
          <p lang="en">${title.en}</p>
          <dl>
            ${facts.map(
              ([label, value]) =>
                html`<div>
                  <dt>${both(label.vi, label.en)}</dt>
                  <dd>${value.vi === value.en ? value.vi : both(value.vi, value.en)}</dd>
                </div> `,
            )}
          </dl>
        </header>
        <main>${tables.map(tableOf)}</main>
        <footer>
          <h2>${both('Ghi chú', 'Notes')}</h2>
          <ol>
            ${notes.map(({ vi, en }) => html`<li>${vi}<br /><span lang="en">${en}</span></li> `)}
          </ol>
        </footer>
      </body>
    </html> `;
  return { html: page.text, style };
}

function tableOf({ key, title, columns, rows }: ReportTable): Markup {
  return html`<section aria-labelledby="${key}">
    <h2 id="${key}">${both(title.vi, title.en)}</h2>
    ${
      rows.length === 0
        ? html`<p>${both('Không có.', 'None.')}</p>`
        : html`<table>
            <colgroup>
              ${columns.map((column) => html`<col class="${widthClass(column)}" />`)}
            </colgroup>
            <thead>
              <tr>
                ${columns.map((column) => html`<th scope="col">${headingCell(column)}</th>`)}
              </tr>
            </thead>
            <tbody>
              ${rows.map(
                (cells) =>
                  html`<tr>
                    ${cells.map((cell, i) => cellOf(cell, columns[i]))}
                  </tr> `,
              )}
            </tbody>
          </table>`
    }
  </section> `;
}

/** Of a date and a time each has a line. The Content-Security-Policy would refuse a style in an attribute. */
function widthClass({ width, type }: ReportColumn): string {
  return `w${Math.min(widest, type === 'time' ? 13 : width)}`;
}

function headingCell(column: ReportColumn): Markup {
  const { vi, en } = headingOf(column);
  return vi === en ? html`${vi}` : both(vi, en);
}

function cellOf(cell: ReportCell, column: ReportColumn | undefined): Markup {
  if (cell === undefined) return html`<td></td>`;
  if (typeof cell === 'number') {
    const shown = exactNumber(rounded(column?.type === 'share' ? cell * 100 : cell));
    return html`<td class="number">${shown}</td>`;
  }
  if (cell instanceof Date) return html`<td>${officersTime(cell)}</td>`;
  if (typeof cell === 'string') return html`<td>${cell}</td>`;
  return html`<td>${cell.vi === cell.en ? cell.vi : both(cell.vi, cell.en)}</td>`;
}

// Shares of the width of the page: a table is as wide as that.
const widest = 40;

const style = `
@page { size: A4 landscape; margin: 12mm 10mm; }
body { font: 14px/1.5 "Times New Roman", "Liberation Serif", serif; color: #000; background: #fff; margin: 16px; }
h1 { font-size: 20px; margin: 0; }
h2 { font-size: 16px; margin: 20px 0 6px; break-after: avoid; }
header p { margin: 0 0 8px; }
[lang="en"] { color: #555; font-style: italic; font-weight: normal; font-size: 0.85em; }
dl { margin: 0; }
dl div { display: flex; gap: 8px; }
dt { min-width: 220px; }
dd { margin: 0; }
table { border-collapse: collapse; table-layout: fixed; width: 100%; font-size: 12px; }
th, td { border: 1px solid #777; padding: 2px 4px; vertical-align: top; text-align: left; overflow-wrap: anywhere; }
th { background: #e7eef7; font-weight: bold; print-color-adjust: exact; }
th .en, td .en { display: block; }
.number { text-align: right; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
footer { font-size: 12px; break-inside: avoid; }
@media print {
  body { margin: 0; font-size: 11px; }
  table { font-size: 8.5px; line-height: 1.3; }
  th, td { padding: 1px 3px; }
}
${Array.from({ length: widest }, (_, i) => `.w${i + 1} { width: ${(i + 1) * 3}px; }`).join('\n')}
`;
