// deploy/grafana/dashboards: made here, so that panels share one form and a review reads queries
// instead of Grafana's JSON.
import { join } from 'node:path';
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
    overrides: [],
  },
  options: options.panel ?? {},
});

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

const rows = [
  {
    height: 5,
    row: [
      panel(
        'stat',
        'Files in the last 5 minutes · Tệp nhận trong 5 phút',
        'Receptions in the ledger.',
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
        'Silent stations · Trạm mất kết nối',
        'Stations with an open transmission gap.',
        4,
        'short',
        [
          sql(
            `SELECT count(*) AS stations FROM gaps WHERE to_instant IS NULL AND removed_at IS NULL`,
            'table',
          ),
        ],
        { thresholds: redAbove(1) },
      ),
      panel(
        'stat',
        'Silent over 12 h · Gián đoạn trên 12 giờ',
        'Open gaps that the law asks to be reported.',
        4,
        'short',
        [
          sql(
            `SELECT count(*) AS stations FROM gaps WHERE to_instant IS NULL AND removed_at IS NULL AND level = '12h'`,
            'table',
          ),
        ],
        { thresholds: redAbove(1) },
      ),
      panel(
        'stat',
        'Deliveries due · Chờ truyền về Bộ',
        'Files that the ministry does not have yet.',
        4,
        'short',
        [promql('sum(envigate_deliveries_due) or vector(0)', 'due')],
      ),
      panel(
        'stat',
        'Oldest due · Tệp chờ lâu nhất',
        'Age of the oldest delivery that is due.',
        4,
        's',
        [promql('max(envigate_delivery_oldest_due_seconds) or vector(0)', 'age')],
        { thresholds: redAbove(900) },
      ),
      panel(
        'stat',
        'Processes up · Tiến trình đang chạy',
        'Scraped processes of the gateway.',
        4,
        'short',
        [promql('sum(up{job="envigate"})', 'up')],
      ),
    ],
  },
  {
    height: 8,
    row: [
      panel(
        'timeseries',
        'Files a minute by outcome · Tệp mỗi phút',
        'From the ledger: stored, duplicate, quarantined.',
        12,
        'short',
        [
          sql(`SELECT date_trunc('minute', received_at) AS time, outcome AS metric, count(*) AS files
FROM receptions WHERE $__timeFilter(received_at) GROUP BY 1, 2 ORDER BY 1`),
        ],
      ),
      panel(
        'timeseries',
        'Uploads by protocol · Tải lên theo giao thức',
        'Acknowledged uploads a second.',
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
        'From 226 to queryable · Từ lúc nhận đến khi tra cứu được',
        'Seconds from the acknowledged upload to the commit of its readings.',
        12,
        's',
        latencyOf('receptions', 'recorded_at'),
      ),
      panel(
        'timeseries',
        'From 226 to receipt · Từ lúc nhận đến biên nhận của Bộ',
        "Seconds from the acknowledged upload to the ministry's receipt.",
        12,
        's',
        latencyOf('deliveries', 'ended_at', " AND state = 'sent'"),
      ),
    ],
  },
  {
    height: 8,
    row: [
      panel(
        'timeseries',
        'Quarantine by reason · Cách ly theo lý do',
        'Files and lines that were not understood.',
        12,
        'short',
        [
          sql(`SELECT date_trunc('minute', quarantined_at) AS time, reason AS metric, count(*) AS items
FROM quarantine WHERE $__timeFilter(quarantined_at) GROUP BY 1, 2 ORDER BY 1`),
        ],
      ),
      panel(
        'timeseries',
        'Deliveries by target · Truyền về Bộ theo đích',
        'Deliveries with a receipt, a second.',
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
        'Clocks of the loggers, the most ahead and behind · Đồng hồ thiết bị lệch nhiều nhất',
        'Seconds: positive, ahead by at least this; negative, behind by at most this, or sent late.',
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
        'Stations · Trạm',
        'Last data, the silence that is open now, and the clock: at least so many seconds ahead of ours; negative: behind by at most so much, or sent late.',
        24,
        'short',
        [
          sql(
            `SELECT stations.station, stations.name, stations.kind, coverage.last_instant AS "last data",
       gaps.level AS "silent for over", gaps.from_instant AS "silent since",
       round(-clocks.least_lag_seconds) AS "clock ahead by at least (s)", clocks.files AS "by files"
FROM stations
LEFT JOIN coverage USING (station_id)
LEFT JOIN station_clocks clocks USING (station_id)
LEFT JOIN gaps ON gaps.station_id = stations.station_id AND gaps.to_instant IS NULL AND gaps.removed_at IS NULL
ORDER BY gaps.from_instant NULLS LAST, stations.station`,
            'table',
          ),
        ],
      ),
    ],
  },
];

const dashboard = {
  uid: 'envigate-flow',
  title: 'Is data flowing? · Dữ liệu có đang về không?',
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
