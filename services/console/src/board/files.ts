import type { BoardFile, DeliveryState, ReceptionOutcome } from '@envigate/contracts';
import {
  deliveryStateLabels,
  reasonOf,
  receptionOutcomeLabels,
  type RegistryView,
  both,
  html,
  type Markup,
} from '@envigate/domain';
import { labelPill, rowTable, tableRow, type Tone, count, dateTime, many } from './html.ts';

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
  const tones = {
    stored: rejectedLines > 0 ? 'warn' : 'good',
    duplicate: 'idle',
    quarantined: 'bad',
  } as const satisfies Record<ReceptionOutcome, Tone>;
  return labelPill(tones[outcome], receptionOutcomeLabels[outcome]);
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
  const present = deliveryTones.filter(([state]) => deliveries[state] > 0);
  if (present.length === 0) return html`<span aria-label="không có">–</span>`;
  return present.map(([state, tone]) =>
    labelPill(tone, deliveryStateLabels[state], deliveries[state]),
  );
}

/** What needs a person first. */
const deliveryTones: readonly (readonly [DeliveryState, Tone])[] = [
  ['refused', 'bad'],
  ['set-aside', 'bad'],
  ['due', 'warn'],
  ['withheld', 'idle'],
  ['sent', 'good'],
];
