import type { BoardFile } from '@envigate/contracts';
import { reasonOf, type RegistryView } from '@envigate/domain';
import { both, html, pill, rowTable, tableRow, type Markup, type Tone } from './html.ts';
import { count, dateTime, many } from './vietnamese.ts';

/** How many of the newest files the board lists. */
export const listedFiles = 25;
const maxWarnings = 3;

export function renderFiles(files: readonly BoardFile[], registry: RegistryView): Markup {
  const columns = [
    both('Tệp', 'File'),
    both('Kết quả', 'Outcome'),
    both('Nội dung, lý do', 'Content, reason'),
    both('Truyền về Bộ', 'Ministry'),
  ];
  const rows = files.map((file) => fileRow(file, registry));
  return html`<section aria-labelledby="tep">
    <h2 id="tep">${both('Tệp mới nhận', 'Newest files')}</h2>
    ${
      rows.length === 0
        ? html`<p>${both('Chưa nhận tệp nào.', 'No file was received yet.')}</p>`
        : rowTable('tep', columns, rows)
    }
    <p>
      ${both(`Chỉ liệt kê ${listedFiles} lượt nhận mới nhất.`, `Only the newest ${listedFiles} are listed.`)}
      <a href="/api/v1/files">${both('Tất cả lượt nhận', 'All')}</a> ·
      <a href="/api/v1/quarantine">${both('Khu cách ly', 'Quarantine')}</a>
    </p>
  </section>`;
}

function fileRow(file: BoardFile, registry: RegistryView): Markup {
  const { receivedAt, name, account, station, fileId, isReplay } = file;
  const stationName = station === null ? undefined : registry.stations.get(station)?.name;
  const sender =
    station === null
      ? html`${both('tài khoản', 'account')} <bdi>${account}</bdi>`
      : html`<bdi>${station}</bdi> ${stationName && html`<bdi>${stationName}</bdi>`}`;
  const title = html`<a class="raw" href="/api/v1/files/${fileId}"><bdi>${name}</bdi></a>
    <small>${dateTime(receivedAt)} · ${sender}</small>`;
  const replay = isReplay ? html` <small>${both('xử lý lại', 'replay')}</small>` : undefined;
  return tableRow(title, [
    html`${outcomeOf(file)}${replay}`,
    html`<ul>
      ${whyOf(file).map((line) => html`<li>${line}</li>`)}
    </ul>`,
    deliveriesOf(file),
  ]);
}

function outcomeOf({ outcome, rejectedLines }: BoardFile): Markup {
  switch (outcome) {
    case 'stored':
      return pill(rejectedLines > 0 ? 'warn' : 'good', 'Đã lưu', 'Stored');
    case 'duplicate':
      return pill('idle', 'Trùng', 'Duplicate');
    case 'quarantined':
      return pill('bad', 'Cách ly', 'Quarantined');
  }
}

/** What the file brought, and why not more; one text a line. */
function whyOf(file: BoardFile): readonly Markup[] {
  const { outcome, newReadings, corrections, rejectedLines, warnings, reason } = file;
  const lines: Markup[] = [];
  if (outcome === 'duplicate') {
    lines.push(both('Giống hệt tệp đã nhận trước đó.', 'Identical to a file received before.'));
  }
  if (outcome === 'stored') {
    lines.push(both(`${count(newReadings)} giá trị mới`, many(newReadings, 'new reading')));
    if (corrections > 0)
      lines.push(both(`${count(corrections)} giá trị thay thế`, many(corrections, 'correction')));
    if (rejectedLines > 0) {
      lines.push(
        both(
          `${count(rejectedLines)} dòng trong khu cách ly:`,
          `${many(rejectedLines, 'line')} in quarantine:`,
        ),
      );
    }
  }
  if (reason !== null) lines.push(reasonText(reason));
  lines.push(...warnings.slice(0, maxWarnings).map(reasonText));
  return lines;
}

/** A code that this version does not know is shown as it is. */
function reasonText(code: string): Markup {
  const reason = reasonOf(code);
  return reason === undefined ? html`<code>${code}</code>` : both(reason.vi, reason.en);
}

function deliveriesOf({ deliveries }: BoardFile): Markup | readonly Markup[] {
  const { due, sent, refused, 'set-aside': setAside, withheld } = deliveries;
  const states: readonly (readonly [number, Tone, string, string])[] = [
    [refused, 'bad', 'Bị từ chối', 'Refused'],
    [setAside, 'bad', 'Để riêng', 'Set aside'],
    [due, 'warn', 'Chờ truyền', 'Waiting'],
    [withheld, 'idle', 'Giữ lại', 'Withheld'],
    [sent, 'good', 'Đã truyền', 'Sent'],
  ];
  const present = states.filter(([many]) => many > 0);
  if (present.length === 0) return html`<span aria-label="không có">–</span>`;
  return present.map(([many, tone, vi, en]) =>
    pill(tone, many === 1 ? vi : `${vi}: ${many}`, many === 1 ? en : `${en}: ${many}`),
  );
}
