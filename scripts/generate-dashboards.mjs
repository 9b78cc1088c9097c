// deploy/grafana/dashboards: made here, so that panels share one form and a review reads queries
// instead of Grafana's JSON. Run after `tsc -b`: the words for codes are those of the domain.
import { join } from 'node:path';
import {
  gapLevelLabels,
  labelOf,
  isOfQuarantine,
  reasons,
  receptionOutcomeLabels,
  stationKindLabels,
} from '../packages/domain/dist/index.js';
import { root } from './run.mjs';

const prometheus = { type: 'prometheus', uid: 'envigate-prometheus' };
const postgres = { type: 'postgres', uid: 'envigate-postgres' };

const promql = (expr, legendFormat) => ({ datasource: prometheus, expr, legendFormat });
const sql = (rawSql, format = 'time_series') => ({
  datasource: postgres,
  rawSql,
  format,
  rawQuery: true,
  editorMode: 'code',
});

/** Panels flow left to right; width in Grafana's 24 columns. */
function layOut(rows) {
  let y = 0;
  const panels = [];
  for (const { height, row } of rows) {
    let x = 0;
    for (const { width, ...panel } of row) {
      panels.push({ id: panels.length + 1, gridPos: { x, y, w: width, h: height }, ...panel });
      x += width;
    }
    y += height;
  }
  return panels;
}

const panel = (type, title, description, width, unit, targets, options = {}) => ({
  type,
  title,
  description,
  width,
  datasource: targets[0].datasource,
  targets: targets.map((target, i) => ({ refId: String.fromCharCode(65 + i), ...target })),
  fieldConfig: {
    defaults: { unit, ...(options.thresholds && { thresholds: options.thresholds }) },
    overrides: options.columns ?? [],
  },
  options: options.panel ?? {},
});

/** A column of a table under its two names, with words in place of its codes. */
const column = (name, displayName, { words, unit } = {}) => ({
  matcher: { id: 'byName', options: name },
  properties: [
    { id: 'displayName', value: displayName },
    ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
    ...(words === undefined
      ? []
      : [
          {
            id: 'mappings',
            value: [
              {
                type: 'value',
                options: Object.fromEntries(
                  Object.entries(words).map(([code, text], index) => [code, { text, index }]),
                ),
              },
            ],
          },
        ]),
  ],
});

/** Code → `vi · en`. */
const wordsOf = (labels) =>
  Object.fromEntries(Object.keys(labels).map((code) => [code, labelOf(labels, code)]));
/** Each code as the name of a series. */
const seriesOf = (labels) =>
  Object.entries(wordsOf(labels)).map(([code, words]) => column(code, words));
const quarantineReasons = Object.fromEntries(
  Object.entries(reasons).filter(([, reason]) => isOfQuarantine(reason)),
);

const officersTime = 'time:DD/MM/YYYY HH:mm';

const redAbove = (value) => ({
  mode: 'absolute',
  steps: [
    { color: 'green', value: null },
    { color: 'red', value },
  ],
});

const latencyOf = (table, end, where = '') =>
  [0.5, 0.99].map((share) =>
    sql(`SELECT date_trunc('minute', received_at) AS time,
       percentile_cont(${share}) WITHIN GROUP (ORDER BY extract(epoch FROM ${end} - received_at)) AS "p${share * 100}"
FROM ${table} WHERE $__timeFilter(received_at)${where} GROUP BY 1 ORDER BY 1`),
  );

const latencySeries = [
  column('p50', 'trung vị · median'),
  column('p99', '99% không quá · 99 % within'),
];

const rows = [
  {
    height: 5,
    row: [
      panel(
        'stat',
        'Tệp nhận trong 5 phút · Files in the last 5 minutes',
        'Lượt nhận tệp đã ghi sổ. · Receptions in the ledger.',
        4,
        'short',
        [
          sql(
            `SELECT count(*) AS files FROM receptions WHERE received_at > now() - interval '5 minutes'`,
            'table',
          ),
        ],
      ),
      panel(
        'stat',
        'Trạm đang gián đoạn · Stations without data',
        'Trạm đang gián đoạn truyền dữ liệu, vì bất kỳ nguyên nhân nào (EnviSoft gọi là mất kết nối). · Stations with an open transmission gap, whatever its cause.',
        4,
        'short',
        [
          sql(
            `SELECT count(*) AS stations FROM gaps WHERE to_instant IS NULL AND removed_at IS NULL AND kind = 'transmission' AND parameter IS NULL`,
            'table',
          ),
        ],
        { thresholds: redAbove(1) },
      ),
      panel(
        'stat',
        'Gián đoạn trên 12 giờ · No data for over 12 h',
        'Trạm đang gián đoạn trên 12 giờ, cần báo cáo. · Open gaps of more than 12 hours, which must be reported.',
        4,
        'short',
        [
          sql(
            `SELECT count(*) AS stations FROM gaps WHERE to_instant IS NULL AND removed_at IS NULL AND kind = 'transmission' AND parameter IS NULL AND level = '12h'`,
            'table',
          ),
        ],
        { thresholds: redAbove(1) },
      ),
      panel(
        'stat',
        'Chờ truyền về Bộ · Deliveries due',
        'Tệp chưa truyền về Bộ. · Files that the ministry does not have yet.',
        4,
        'short',
        [promql('sum(envigate_deliveries_due) or vector(0)', 'chờ truyền · due')],
      ),
      panel(
        'stat',
        'Thời gian chờ truyền lâu nhất · Longest wait',
        'Thời gian chờ của lượt truyền lâu nhất. · Age of the oldest delivery that is due.',
        4,
        's',
        [promql('max(envigate_delivery_oldest_due_seconds) or vector(0)', 'thời gian chờ · age')],
        { thresholds: redAbove(900) },
      ),
      panel(
        'stat',
        'Tiến trình đang chạy · Processes up',
        'Số tiến trình của hệ thống đang trả lời. · Processes of the gateway that answer.',
        4,
        'short',
        [promql('sum(up{job="envigate"})', 'đang chạy · up')],
      ),
    ],
  },
  {
    height: 8,
    row: [
      panel(
        'timeseries',
        'Số tệp mỗi phút theo kết quả · Files per minute by outcome',
        'Theo sổ ghi nhận tệp: đã lưu, trùng, cách ly. · From the ledger: stored, duplicate, quarantined.',
        12,
        'short',
        [
          sql(`SELECT date_trunc('minute', received_at) AS time, outcome AS metric, count(*) AS files
FROM receptions WHERE $__timeFilter(received_at) GROUP BY 1, 2 ORDER BY 1`),
        ],
        { columns: seriesOf(receptionOutcomeLabels) },
      ),
      panel(
        'timeseries',
        'Lượt gửi tệp theo giao thức · Uploads by protocol',
        'Số lượt gửi đã xác nhận mỗi giây. · Acknowledged uploads per second.',
        12,
        'ops',
        [
          promql('sum(rate(envigate_ftp_uploads_completed_total[1m]))', 'FTP'),
          promql('sum(rate(envigate_sftp_uploads_completed_total[1m]))', 'SFTP'),
        ],
      ),
    ],
  },
  {
    height: 8,
    row: [
      panel(
        'timeseries',
        'Từ khi nhận tệp đến khi tra cứu được · Reception to availability',
        'Số giây từ khi xác nhận tệp đến khi lưu xong số liệu: trung vị, và mức mà 99% số tệp không vượt quá. · Seconds from the acknowledged upload to the commit of its readings.',
        12,
        's',
        latencyOf('receptions', 'recorded_at'),
        { columns: latencySeries },
      ),
      panel(
        'timeseries',
        "Từ khi nhận tệp đến xác nhận của máy chủ Bộ · Reception to the ministry's receipt",
        "Số giây từ khi xác nhận tệp đến khi máy chủ của Bộ xác nhận: trung vị, và mức mà 99% lượt truyền không vượt quá. · Seconds from the acknowledged upload to the ministry's receipt.",
        12,
        's',
        latencyOf('deliveries', 'ended_at', " AND state = 'sent'"),
        { columns: latencySeries },
      ),
    ],
  },
  {
    height: 8,
    row: [
      panel(
        'timeseries',
        'Khu cách ly theo lý do · Quarantine by reason',
        'Tệp và dòng không đọc được. · Files and lines that could not be read.',
        12,
        'short',
        [
          sql(`SELECT date_trunc('minute', quarantined_at) AS time, reason AS metric, count(*) AS items
FROM quarantine WHERE $__timeFilter(quarantined_at) GROUP BY 1, 2 ORDER BY 1`),
        ],
        { columns: seriesOf(quarantineReasons) },
      ),
      panel(
        'timeseries',
        'Lượt truyền theo máy chủ nhận · Deliveries by target',
        'Số lượt truyền đã được xác nhận mỗi giây. · Deliveries with a receipt, per second.',
        12,
        'ops',
        [promql('sum by (target) (rate(envigate_deliveries_sent_total[1m]))', '{{target}}')],
      ),
    ],
  },
  {
    height: 8,
    row: [
      panel(
        'timeseries',
        'Đồng hồ datalogger lệch nhiều nhất · Logger clocks: furthest ahead and behind',
        'Giây: dương là nhanh ít nhất bằng giá trị này; âm là chậm tối đa bằng giá trị này, hoặc tệp gửi muộn. · Seconds: positive, ahead by at least this; negative, behind by at most this, or sent late.',
        24,
        's',
        [
          promql(
            'topk(5, max by (station) (envigate_station_clock_offset_seconds))',
            '{{station}}',
          ),
          promql(
            'bottomk(5, max by (station) (envigate_station_clock_offset_seconds))',
            '{{station}}',
          ),
        ],
      ),
    ],
  },
  {
    height: 10,
    row: [
      panel(
        'table',
        'Trạm · Stations',
        'Dữ liệu gần nhất, khoảng đang gián đoạn và đồng hồ: nhanh ít nhất bằng số giây này; âm là chậm tối đa, hoặc tệp gửi muộn. · Last data, the open gap, and the clock: ahead of ours by at least this many seconds; negative: behind by at most this much, or sent late.',
        24,
        'short',
        [
          sql(
            `SELECT stations.station, stations.name, stations.kind, coverage.last_instant AS last_data,
       gaps.level, gaps.from_instant AS since,
       round(-clocks.least_lag_seconds) AS ahead, clocks.files AS files
FROM stations
LEFT JOIN coverage USING (station_id)
LEFT JOIN station_clocks clocks USING (station_id)
LEFT JOIN gaps ON gaps.station_id = stations.station_id AND gaps.to_instant IS NULL AND gaps.removed_at IS NULL
  AND gaps.kind = 'transmission' AND gaps.parameter IS NULL
ORDER BY gaps.from_instant NULLS LAST, stations.station`,
            'table',
          ),
        ],
        {
          columns: [
            column('station', 'Mã trạm · Station'),
            column('name', 'Tên trạm · Name'),
            column('kind', 'Loại trạm · Kind', { words: wordsOf(stationKindLabels) }),
            column('last_data', 'Dữ liệu gần nhất · Last data', { unit: officersTime }),
            column('level', 'Mức gián đoạn · No data for', { words: wordsOf(gapLevelLabels) }),
            column('since', 'Gián đoạn từ · No data since', { unit: officersTime }),
            column('ahead', 'Đồng hồ nhanh ít nhất (giây) · Clock ahead by at least (s)'),
            column('files', 'Số tệp đã xét · Files looked at'),
          ],
        },
      ),
    ],
  },
];

const dashboard = {
  uid: 'envigate-flow',
  title: 'Tình hình tiếp nhận dữ liệu · Is data flowing?',
  tags: ['envigate'],
  timezone: 'Asia/Ho_Chi_Minh',
  schemaVersion: 41,
  refresh: '10s',
  time: { from: 'now-1h', to: 'now' },
  panels: layOut(rows),
};

/** Path → text. */
export function dashboards() {
  return new Map([
    [
      join(root, 'deploy/grafana/dashboards/is-data-flowing.json'),
      `${JSON.stringify(dashboard, undefined, 2)}\n`,
    ],
  ]);
}
