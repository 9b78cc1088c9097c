import {
  gapLevelLabels,
  protocolLabels,
  receptionOutcomeLabels,
  stationKindLabels,
} from '../../packages/domain/dist/index.js';
import {
  column,
  colored,
  dashboard,
  graph,
  none,
  promql,
  promqlNow,
  promqlTable,
  redBelow,
  redFrom,
  seriesOf,
  sqlTable,
  stat,
  stationColumn,
  table,
  timeColumn,
  wordsFor,
  yellowThenRed,
} from './kit.mjs';
import { metric, perMinute, quantile } from './promql.mjs';
import { job, sources } from './variables.mjs';

const openStationGaps = `SELECT count(*) AS stations FROM grafana.gaps
WHERE to_time IS NULL AND kind = 'transmission' AND parameter IS NULL`;

/** What waits for a person, as grafana.for_a_person names it. */
export const tasks = {
  'silent-12h': { vi: 'trạm gián đoạn trên 12 giờ', en: 'stations without data for 12 h' },
  'unknown-stations': { vi: 'tệp của trạm chưa khai báo', en: 'files of unknown stations' },
  clocks: { vi: 'tệp tạm dừng vì đồng hồ datalogger bị đặt lại', en: 'files of a reset clock' },
  deliveries: {
    vi: 'lượt truyền bị từ chối, để riêng hoặc giữ lại',
    en: 'deliveries refused, set aside or withheld',
  },
  notices: { vi: 'thông báo không gửi được', en: 'notices that were not sent' },
  undecodable: { vi: 'thông điệp không đọc được', en: 'messages that cannot be read' },
};

export const flow = () =>
  dashboard({
    uid: 'envigate-flow',
    title: 'Tình hình tiếp nhận dữ liệu · Is data flowing?',
    description:
      'Dữ liệu có về không, trạm nào gián đoạn, việc nào chờ người xử lý. · Is data flowing, who is silent, what needs a person.',
    from: 'now-3h',
    refresh: '30s',
    variables: [...sources, job],
    rows: [
      {
        height: 5,
        panels: [
          stat({
            title: 'Tệp nhận mỗi phút · Files per minute',
            description: 'Tệp đã xác nhận với datalogger. · Files acknowledged to loggers.',
            width: 4,
            unit: 'cpm',
            thresholds: redBelow(0.001),
            queries: [promqlNow(perMinute('envigate_files_received_total'), 'tệp · files')],
          }),
          stat({
            title: 'Trạm đang gián đoạn · Stations without data',
            description:
              'Trạm đang gián đoạn truyền dữ liệu, vì bất kỳ nguyên nhân nào. · Stations with an open transmission gap, whatever its cause.',
            width: 4,
            unit: 'short',
            thresholds: yellowThenRed(1, 10),
            queries: [sqlTable(openStationGaps)],
          }),
          stat({
            title: 'Gián đoạn trên 12 giờ · No data for over 12 h',
            description:
              'Trạm đang gián đoạn trên 12 giờ, cần báo cáo. · Open gaps of more than 12 hours, which must be reported.',
            width: 4,
            unit: 'short',
            thresholds: redFrom(1),
            queries: [sqlTable(`${openStationGaps} AND level = '12h'`)],
          }),
          stat({
            title: 'Tệp chờ truyền lâu nhất · Longest wait for delivery',
            description:
              'Thời gian từ khi nhận tệp chờ truyền về Bộ lâu nhất. · Time since the reception of the file that waits longest for the ministry.',
            width: 4,
            unit: 's',
            noValue: none,
            thresholds: yellowThenRed(900, 3600),
            queries: [
              promqlNow(`max(${metric('envigate_delivery_oldest_due_seconds')})`, 'chờ · waiting'),
            ],
          }),
          stat({
            title: 'Thông báo cần xử lý · Notices for a person',
            description:
              'Thư bị từ chối hoặc không gửi được. · Mails that were refused or given up.',
            width: 4,
            unit: 'short',
            noValue: 'chưa bật thông báo · notices are off',
            thresholds: redFrom(1),
            queries: [
              promqlNow(`max(${metric('envigate_notice_mails_for_a_person')})`, 'thư · mails'),
            ],
          }),
          stat({
            title: 'Tiến trình đang chạy · Processes up',
            description:
              'Số tiến trình của hệ thống đang trả lời Prometheus. · Processes of the gateway that answer Prometheus.',
            width: 4,
            unit: 'short',
            thresholds: redBelow(1),
            queries: [promqlNow(`sum(${metric('up')})`, 'đang chạy · up')],
          }),
        ],
      },
      {
        height: 9,
        panels: [
          table({
            title: 'Việc chờ người xử lý · What needs a person',
            description:
              'Mỗi loại đếm đến 10.000; thời điểm của mục cũ nhất. · Each counted up to 10,000, with the time of the oldest.',
            width: 12,
            unit: 'short',
            noValue: none,
            queries: [
              sqlTable(
                `SELECT what, items, oldest FROM grafana.for_a_person WHERE items > 0 ORDER BY oldest`,
              ),
            ],
            columns: [
              column('what', 'Việc · What', wordsFor(tasks)),
              column('items', 'Số lượng · Items'),
              timeColumn('oldest', 'Cũ nhất từ · Oldest since'),
            ],
          }),
          table({
            title: 'Cảnh báo hệ thống · Alerts',
            description:
              'Cảnh báo của Prometheus đang hoạt động; hướng dẫn xử lý ở bảng theo dõi. · Alerts of Prometheus that fire now; the console has what to do.',
            width: 12,
            unit: 'short',
            noValue: none,
            queries: [
              promqlTable(
                `max by (alertname, severity) (ALERTS{alertname=~"Envigate.+", alertstate="firing", severity!="none"})`,
              ),
            ],
            columns: [
              column('alertname', 'Cảnh báo · Alert'),
              column('severity', 'Mức · Severity'),
              column('Time', 'Time', { id: 'custom.hidden', value: true }),
              column('Value', 'Value', { id: 'custom.hidden', value: true }),
            ],
          }),
        ],
      },
      {
        height: 10,
        panels: [
          table({
            title: 'Trạm đang gián đoạn · Silent stations',
            description:
              'Lâu nhất trước; trạm dừng theo kế hoạch có thời điểm kết thúc. · The longest first; a planned stop shows its end.',
            width: 24,
            unit: 'short',
            noValue: none,
            queries: [
              sqlTable(`SELECT station, name, facility_name, kind, last_data, level, silent_since, stopped_until
FROM grafana.station_now WHERE silent_since IS NOT NULL ORDER BY silent_since LIMIT 500`),
            ],
            columns: [
              stationColumn,
              column('name', 'Tên trạm · Name'),
              column('facility_name', 'Cơ sở · Facility'),
              column('kind', 'Loại trạm · Kind', wordsFor(stationKindLabels)),
              timeColumn('last_data', 'Dữ liệu gần nhất · Last data'),
              column(
                'level',
                'Mức gián đoạn · No data for',
                wordsFor(gapLevelLabels, { '15min': 'yellow', '1h': 'orange', '12h': 'red' }),
                colored,
              ),
              timeColumn('silent_since', 'Gián đoạn từ · No data since'),
              timeColumn('stopped_until', 'Dừng theo kế hoạch đến · Planned stop until'),
            ],
          }),
        ],
      },
      {
        height: 8,
        panels: [
          graph({
            title: 'Tệp nhận theo giao thức · Files by protocol',
            description: 'Tệp đã xác nhận mỗi phút. · Acknowledged files per minute.',
            width: 12,
            unit: 'cpm',
            queries: [
              promql(perMinute('envigate_files_received_total', 'protocol'), '{{protocol}}'),
            ],
            columns: seriesOf(protocolLabels),
          }),
          graph({
            title: 'Tệp ghi sổ theo kết quả · Files by outcome',
            description:
              'Theo sổ ghi nhận tệp, mỗi phút: đã lưu, trùng, cách ly. · From the ledger, per minute: stored, duplicate, quarantined.',
            width: 12,
            unit: 'cpm',
            queries: [promql(perMinute('envigate_recorded_files_total', 'outcome'), '{{outcome}}')],
            columns: seriesOf(receptionOutcomeLabels),
          }),
        ],
      },
      {
        height: 8,
        panels: [
          graph({
            title: 'Từ khi nhận tệp đến khi tra cứu được · Reception to availability',
            description:
              'Từ khi tệp an toàn trên đĩa đến khi số liệu tra cứu được. · From the file safe on disk to its readings being queryable.',
            width: 12,
            unit: 's',
            queries: [
              promql(quantile(0.5, 'envigate_recording_latency_seconds'), 'trung vị · median'),
              promql(
                quantile(0.99, 'envigate_recording_latency_seconds'),
                '99% không quá · 99 % within',
              ),
            ],
          }),
          graph({
            title: "Từ khi nhận tệp đến xác nhận của Bộ · Reception to the ministry's receipt",
            description:
              '99% lượt truyền không vượt quá, theo máy chủ nhận. · 99 % of the deliveries within, by target.',
            width: 12,
            unit: 's',
            queries: [
              promql(quantile(0.99, 'envigate_delivery_latency_seconds', 'target'), '{{target}}'),
            ],
          }),
        ],
      },
    ],
  });
