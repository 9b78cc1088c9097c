import {
  maxDueCounted,
  type BilingualText,
  type Board,
  type ReceptionFigures,
  type StationHeard,
  type Target,
  type TargetProgress,
} from '@envigate/contracts';
import {
  deliveryStateLabels,
  receptionOutcomeLabels,
  type RegistryView,
  Markup,
  both,
  html,
} from '@envigate/domain';
import type { Page, SpoolDepth } from '../api/operation.ts';
import { renderFiles } from './files.ts';
import {
  count,
  countEn,
  dateTime,
  duration,
  durationEn,
  many,
  pill,
  preformatted,
  seconds,
  secondsEn,
} from './html.ts';
import { countStations, judgeStations, renderStations } from './stations.ts';

/** Everything that the page shows. Pure data: the same view gives the same page. */
export interface BoardView {
  readonly now: Date;
  /** Undefined where the database did not answer since the console started. */
  readonly record: { readonly board: Board; readonly readAt: Date } | undefined;
  /** False where the database does not answer now; the record is then the last that it gave. */
  readonly databaseAnswers: boolean;
  readonly eventLogAnswers: boolean;
  readonly eventLogKind: string;
  /** Undefined where the receiver is another process. */
  readonly spool: SpoolDepth | undefined;
  readonly registry: RegistryView;
  /** Minutes beyond a station's interval until it counts as late. */
  readonly graceMinutes: number;
  /** Of the stations, from 1. */
  readonly page: number;
  readonly refreshes: boolean;
}

export const recentMinutes = 15;
export const refreshSeconds = 30;
const maxTargets = 20;
// Files usually wait for less than a second.
const slowSpoolMs = 60_000;

/** The first page of the console: Vietnamese first, English beside it, without any script. */
export function renderBoard(view: BoardView): Page {
  const { now, record, registry, refreshes } = view;
  const heard = record?.board.stations ?? new Map<string, StationHeard>();
  const stations = judgeStations(registry.registry.stations, heard, now, view.graceMinutes);
  const { inGap } = countStations(stations);
  const page = html`<!doctype html>
    <html lang="vi">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${refreshes ? html`<meta http-equiv="refresh" content="${refreshSeconds}" />` : undefined}
        <title>${inGap > 0 ? `(${inGap}) ` : ''}Bảng theo dõi – Envigate</title>
        ${styleElement}
      </head>
      <body>
        <a class="skip" href="#noi-dung">${both('Đến nội dung', 'Skip to content')}</a>
        <header>
          <p class="product">${both('Cổng tiếp nhận dữ liệu quan trắc', 'Envigate')}</p>
          <h1>${both('Bảng theo dõi', 'Board')}</h1>
          <p>
            ${both(`Lúc ${dateTime(now)}, giờ Việt Nam (UTC+7)`, 'Vietnam time')} ·
            ${refreshLink(view)}
          </p>
          <nav aria-label="Mục · Sections">
            <a href="#he-thong">Hệ thống</a> <a href="#truyen-nhan">Truyền, nhận</a>
            <a href="#tram">Trạm</a> <a href="#tep">Tệp mới nhận</a>
          </nav>
        </header>
        <main id="noi-dung">
          ${staleNote(view)} ${renderSystem(view)} ${record && renderFlow(record.board)}
          ${record && renderStations(stations, registry, view)}
          ${record && renderFiles(record.board.files, registry)}
        </main>
        <footer>
          <p>
            ${both('Số liệu chưa kiểm duyệt, chỉ phục vụ điều hành.', 'Not reviewed; for operation only.')}
          </p>
          <p>
            <a href="/guide">${both('Hướng dẫn vận hành', "Operators' guide")}</a> ·
            <a href="/openapi.json">${both('Mô tả API', 'Description of the API')}</a> ·
            <a href="/readyz">${both('Tình trạng sẵn sàng', 'Readiness')}</a>
          </p>
        </footer>
      </body>
    </html> `;
  return { html: page.text, style, status: view.databaseAnswers ? 200 : 503 };
}

/** The operators' guide as it is written, to be read without the internet. */
export function renderGuide(guide: string): Page {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Operators' guide – Envigate</title>
        ${styleElement}
      </head>
      <body>
        <header>
          <p><a href="/">${both('Bảng theo dõi', 'Board')}</a></p>
        </header>
        <main>${sectionsOf(guide).map(({ text, anchor }) => preformatted(text, anchor))}</main>
      </body>
    </html> `;
  return { html: page.text, style, status: 200 };
}

/** Each section by itself, so that links lead there. Anchors as in the web views of Markdown. */
function sectionsOf(guide: string): readonly { readonly text: string; readonly anchor: string }[] {
  return guide.split(/^(?=#{1,4} )/m).map((text) => {
    const [heading = ''] = text.split('\n', 1);
    const words = heading.replace(/^#+ /, '').toLowerCase();
    return { text, anchor: words.replace(/[^\p{L}\p{N} -]/gu, '').replaceAll(' ', '-') };
  });
}

function refreshLink({ refreshes, page }: BoardView): Markup {
  const place = page > 1 ? `&page=${page}` : '';
  return refreshes
    ? html`${both(`tự cập nhật sau mỗi ${refreshSeconds} giây`, `reloads every ${refreshSeconds} s`)}
        · <a href="/?refresh=off${place}">${both('Tạm dừng', 'Pause')}</a>`
    : html`${both('đang tạm dừng cập nhật', 'paused')} ·
        <a href="/?refresh=on${place}">${both('Tự cập nhật', 'Reload by itself')}</a>`;
}

function staleNote({ databaseAnswers, record }: BoardView): Markup | undefined {
  if (databaseAnswers) return undefined;
  const [vi, en] =
    record === undefined
      ? ['Chưa có số liệu để hiển thị.', 'Nothing to show yet.']
      : [
          `Số liệu dưới đây là của lúc ${dateTime(record.readAt)}.`,
          'The figures below are of the time stated.',
        ];
  return html`<p class="note bad" role="alert">
    <strong>${both('Cơ sở dữ liệu không trả lời.', 'The database does not answer.')}</strong>
    ${both(`Tệp gửi đến vẫn được tiếp nhận và lưu trong hàng đợi. ${vi}`, `Files are still received and kept in the spool. ${en}`)}
  </p>`;
}

function card(name: Markup, state: Markup, more?: Markup): Markup {
  return html`<li>
    <h3>${name}</h3>
    ${state}${more && html`<p>${more}</p>`}
  </li> `;
}

function renderSystem(view: BoardView): Markup {
  const { registry, spool, eventLogKind } = view;
  const { targets } = registry.registry;
  const more = targets.length - maxTargets;
  return html`<section aria-labelledby="he-thong">
    <h2 id="he-thong">${both('Tình trạng hệ thống', 'System')}</h2>
    <ul class="cards">
      ${card(both('Cơ sở dữ liệu', 'Database'), answers(view.databaseAnswers))}
      ${card(both(`Luồng sự kiện (${eventLogKind === 'kafka' ? 'Kafka' : 'PostgreSQL'})`, 'Event log'), answers(view.eventLogAnswers))}
      ${spool && card(both('Hàng đợi tiếp nhận', 'Spool'), spoolState(spool))}
      ${targets.slice(0, maxTargets).map((target) => renderTarget(target, view))}
    </ul>
    ${more > 0 ? html`<p>${both(`và ${more} máy chủ nhận khác`, `and ${more} more targets`)}</p>` : undefined}
    ${targets.length === 0 ? html`<p>${both('Chưa khai báo máy chủ nhận.', 'No target of the ministry is registered.')}</p>` : undefined}
  </section>`;
}

function answers(isAnswering: boolean): Markup {
  return isAnswering
    ? pill('good', 'Hoạt động', 'Answers')
    : pill('bad', 'Không trả lời', 'Does not answer');
}

function spoolState({ files, oldestSeconds }: SpoolDepth): Markup {
  if (files === 0) return pill('good', 'Không có tệp chờ', 'Empty');
  const oldestMs = oldestSeconds * 1000;
  return oldestMs < slowSpoolMs
    ? pill('good', `${count(files)} tệp đang xử lý`, `${many(files, 'file')} on the way`)
    : pill(
        'warn',
        `${count(files)} tệp chờ, lâu nhất ${duration(oldestMs)}`,
        `${many(files, 'file')} waiting, the oldest for ${durationEn(oldestMs)}`,
      );
}

function renderTarget(target: Target, { record }: BoardView): Markup {
  const progress = record?.board.targets.get(target.code);
  const more =
    progress &&
    html`${
      progress.lastSentAt === null
        ? both('Hôm nay chưa truyền tệp nào.', 'Nothing sent today.')
        : both(`Truyền gần nhất lúc ${dateTime(progress.lastSentAt)}.`, 'Last delivery.')
    }${progress.failure === null ? undefined : html` <span class="raw" lang="en"><bdi>${progress.failure}</bdi></span>`}`;
  return card(
    both(html`Máy chủ nhận <bdi>${target.code}</bdi>`, 'Ministry'),
    targetState(target, progress),
    more,
  );
}

function targetState(target: Target, progress: TargetProgress | undefined): Markup {
  if (target.disabled === true) return pill('idle', 'Đang tắt', 'Disabled');
  if (progress === undefined) return pill('idle', 'Chưa có tệp để truyền', 'Nothing to send yet');
  const { due, failingStations: failing } = progress;
  if (failing > 0) {
    return pill(
      'bad',
      `Lỗi truyền: ${count(failing)} trạm, ${dueCount(due)} tệp chờ`,
      `Failing: ${many(failing, 'station')}, waiting ${dueCountEn(due)}`,
    );
  }
  if (due > 0)
    return pill(
      'good',
      `Đang truyền, ${dueCount(due)} tệp chờ`,
      `Sending, ${dueCountEn(due)} waiting`,
    );
  return pill('good', 'Không có tệp chờ truyền', 'Nothing waits');
}

function renderFlow({ recent, today, recording, targets }: Board): Markup {
  const progress = [...targets.values()];
  const sum = (of: (target: TargetProgress) => number): number =>
    progress.reduce((total, target) => total + of(target), 0);
  const received = (of: ReceptionFigures): number => of.stored + of.duplicates + of.quarantined;
  const row = (vi: string, en: string, now: number, day: number, part = ''): Markup =>
    html`<tr>
      <th scope="row" class="${part}">${both(vi, en)}</th>
      <td>${count(now)}</td>
      <td>${count(day)}</td>
    </tr> `;
  const partOf = ({ vi, en }: BilingualText, now: number, day: number): Markup =>
    row(vi, en, now, day, 'part');
  const { stored, duplicate, quarantined } = receptionOutcomeLabels;
  const due = sum((target) => target.due);
  const delay =
    recording.p50 === null || recording.p99 === null
      ? both(
          `Không có tệp nào trong ${recentMinutes} phút qua.`,
          `No file in the last ${recentMinutes} minutes.`,
        )
      : both(
          `Từ lúc nhận đến lúc lưu xong: trung vị ${seconds(recording.p50)} giây, 99% dưới ${seconds(recording.p99)} giây.`,
          `From reception to the record: median ${secondsEn(recording.p50)} s, 99 % below ${secondsEn(recording.p99)} s.`,
        );
  return html`<section aria-labelledby="truyen-nhan">
    <h2 id="truyen-nhan">${both('Tình hình truyền, nhận dữ liệu', 'Flow')}</h2>
    <div class="flow">
      <table>
        <thead>
          <tr>
            <th scope="col">${both('Số lượng', 'Count')}</th>
            <th scope="col">${both(`${recentMinutes} phút qua`, `last ${recentMinutes} min`)}</th>
            <th scope="col">${both('Hôm nay', 'Today')}</th>
          </tr>
        </thead>
        <tbody>
          ${row('Lượt nhận tệp', 'Files received', received(recent), received(today))}
          ${partOf(stored, recent.stored, today.stored)}
          ${partOf(duplicate, recent.duplicates, today.duplicates)}
          ${partOf(quarantined, recent.quarantined, today.quarantined)}
          ${row('Giá trị đo mới', 'New readings', recent.readings, today.readings)}
          ${row(
            'Lượt truyền về Bộ',
            'Delivered to the ministry',
            sum((target) => target.recentlySent),
            sum((target) => target.sentToday),
          )}
          ${partOf(
            deliveryStateLabels.refused,
            sum((target) => target.recentlyRefused),
            sum((target) => target.refusedToday),
          )}
        </tbody>
      </table>
      <div>
        <p>
          ${both(`Đang chờ truyền về Bộ: ${dueCount(due)}.`, `Waiting for the ministry: ${dueCountEn(due)}.`)}
        </p>
        <p>${delay}</p>
      </div>
    </div>
  </section>`;
}

function dueCount(due: number): string {
  return due < maxDueCounted ? count(due) : `trên ${count(maxDueCounted - 1)}`;
}

function dueCountEn(due: number): string {
  return due < maxDueCounted ? countEn(due) : `over ${countEn(maxDueCounted - 1)}`;
}

/**
 * The board's style: light and dark as the reader's system is, tables as cards on a phone. The lines
 * are high enough for the two marks of ế and ộ.
 */
export const style = `
:root{color-scheme:light dark;--ink:#16211d;--soft:#55645e;--line:#d9e0dc;--ground:#f5f7f6;--card:#fff;--link:#0b5f8a;--good:#176b3a;--warn:#8a5300;--bad:#b3261e;--idle:#55645e}
@media (prefers-color-scheme:dark){:root{--ink:#e6ece9;--soft:#a3b0aa;--line:#33403a;--ground:#111614;--card:#1a211e;--link:#7cc4ec;--good:#72d197;--warn:#f0b45c;--bad:#ff9a92;--idle:#a3b0aa}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:72rem;padding:0 1rem 2rem;background:var(--ground);color:var(--ink);font:1rem/1.55 system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif}
a{color:var(--link)}
a:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.5rem}
h1{font-size:1.75rem;line-height:1.3;margin:0}
h2{font-size:1.25rem;line-height:1.4;margin:2rem 0 .75rem}
h3{font-size:.95rem;font-weight:600;margin:0 0 .25rem}
header{padding-top:1.25rem}
header p{margin:.25rem 0;color:var(--soft)}
.product{font-weight:600}
nav a,nav span{display:inline-block;padding:.25rem .75rem .25rem 0}
.en{color:var(--soft);font-size:.85em;font-weight:400}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,13rem),1fr));gap:.75rem;list-style:none;margin:0;padding:0}
.cards li,table{background:var(--card);border:1px solid var(--line);border-radius:.5rem}
.cards li{padding:.75rem 1rem;overflow-wrap:anywhere}
.cards p{margin:.25rem 0 0;font-size:.9rem}
.note{border-left:.3rem solid var(--bad);background:var(--card);padding:.75rem 1rem}
table{border-collapse:separate;border-spacing:0;width:100%}
th,td{text-align:left;vertical-align:top;padding:.5rem .75rem;border-top:1px solid var(--line)}
thead th{border-top:0;font-size:.9rem}
thead .en{white-space:nowrap}
tbody th{font-weight:400;overflow-wrap:anywhere}
th .part,th.part{padding-left:2rem;color:var(--soft)}
.flow{display:flex;flex-wrap:wrap;gap:0 2rem}
.flow table{flex:1 1 22rem;max-width:38rem}
.flow div{flex:1 1 16rem}
.flow td,.flow thead th+th{text-align:right;font-variant-numeric:tabular-nums}
.rows{font-size:.95rem}
.rows tbody th{width:38%}
.rows small{display:block;color:var(--soft);font-size:.85em}
.rows small.label{display:none}
.rows ul{list-style:none;margin:0;padding:0}
.rows .pill{display:block;white-space:nowrap}
.rows .pill .en{display:block}
.pill.good{color:var(--good)}.pill.warn{color:var(--warn)}.pill.bad{color:var(--bad)}.pill.idle{color:var(--idle)}
.raw{font-family:ui-monospace,"Noto Sans Mono",monospace;font-size:.9em;overflow-wrap:anywhere}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.9rem}
footer{margin-top:2.5rem;border-top:1px solid var(--line);color:var(--soft);font-size:.9rem}
@media (max-width:44rem){
.rows thead{position:absolute;left:-99rem}
.rows,.rows tbody,.rows tr,.rows th,.rows td{display:block;width:auto}
.rows tr{padding:.5rem 0;border-top:1px solid var(--line)}
.rows tbody tr:first-child{border-top:0}
.rows tbody th{width:auto}
.rows th,.rows td{border:0;padding:.1rem .75rem}
.rows .pill .en{display:inline}
.rows small.label{display:inline;margin-right:.5rem}
}
`;

// Nothing may stand between the tags but the text whose hash the policy names.
const styleElement = new Markup(`<style>${style}</style>`);
