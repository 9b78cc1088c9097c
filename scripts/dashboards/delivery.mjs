import { deliveryFailureLabels, deliveryStateLabels } from '../../packages/domain/dist/index.js';
import {
  column,
  colored,
  dashboard,
  graph,
  none,
  promql,
  promqlNow,
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
import { job, sources, target } from './variables.mjs';

const ofTargets = 'target=~"$target"';
const ofRows = `target IN (\${target:sqlstring})`;

export const delivery = () =>
  dashboard({
    uid: 'envigate-delivery',
    title: 'Truyền dữ liệu về Bộ · Delivery to the ministry',
    description:
      'Lượt truyền chờ, đã truyền, bị từ chối, theo máy chủ nhận. · Deliveries that wait, were sent or refused, by target.',
    from: 'now-6h',
    refresh: '30s',
    variables: [...sources, job, target],
    rows: [
      {
        height: 5,
        panels: [
          stat({
            title: 'Chờ truyền · Waiting',
            description:
              'Tệp chờ truyền, theo máy chủ nhận; đếm đến 100.000. · Files that wait, by target; counted up to 100,000.',
            width: 6,
            unit: 'short',
            noValue: none,
            queries: [
              promqlNow(
                `max by (target) (${metric('envigate_deliveries_due', ofTargets)})`,
                '{{target}}',
              ),
            ],
          }),
          stat({
            title: 'Chờ lâu nhất · Longest wait',
            description:
              'Từ khi nhận tệp chờ lâu nhất trong số các tệp truyền tiếp theo. · Since the reception of the file that waits longest, of those that stations deliver next.',
            width: 6,
            unit: 's',
            noValue: none,
            thresholds: yellowThenRed(900, 3600),
            queries: [
              promqlNow(
                `max by (target) (${metric('envigate_delivery_oldest_due_seconds', ofTargets)})`,
                '{{target}}',
              ),
            ],
          }),
          stat({
            title: 'Máy chủ đang tạm ngừng · Paused targets',
            description:
              'Máy chủ không kết nối được: hệ thống tạm ngừng và tự thử lại. · Targets that cannot be reached: their deliveries pause and are tried again.',
            width: 6,
            unit: 'short',
            thresholds: redFrom(1),
            queries: [
              promqlNow(
                `sum(${metric('envigate_delivery_target_paused', ofTargets)})`,
                'tạm ngừng · paused',
              ),
            ],
          }),
          stat({
            title: 'Chờ người quyết định · For a person',
            description:
              'Bị từ chối, để riêng hoặc giữ lại: envigate deliveries list. · Refused, set aside or withheld: envigate deliveries list.',
            width: 6,
            unit: 'short',
            noValue: none,
            thresholds: redFrom(1),
            queries: [
              promqlNow(
                `max by (state) (sum by (instance, state) (${metric('envigate_deliveries_for_a_person', ofTargets)}))`,
                '{{state}}',
              ),
            ],
            columns: seriesOf(deliveryStateLabels),
          }),
        ],
      },
      {
        height: 8,
        panels: [
          graph({
            title: 'Đã truyền · Sent',
            description:
              'Lượt truyền được xác nhận mỗi phút. · Deliveries with a receipt, per minute.',
            width: 12,
            unit: 'cpm',
            queries: [
              promql(
                perMinute('envigate_deliveries_sent_total', 'target', ofTargets),
                '{{target}}',
              ),
            ],
          }),
          graph({
            title: 'Lần truyền lỗi · Failed attempts',
            description:
              'Mỗi phút, theo mã lỗi: 2 không kết nối được, 3 lỗi truyền tệp. · Per minute, by code: 2 cannot connect, 3 transfer error.',
            width: 12,
            unit: 'cpm',
            queries: [
              promql(
                perMinute('envigate_delivery_failures_total', 'target, code', ofTargets),
                '{{target}} · {{code}}',
              ),
            ],
          }),
        ],
      },
      {
        height: 8,
        panels: [
          graph({
            title: 'Từ khi nhận tệp đến xác nhận, trung vị · Reception to receipt, median',
            description: 'Theo máy chủ nhận. · By target.',
            width: 12,
            unit: 's',
            queries: [
              promql(
                quantile(0.5, 'envigate_delivery_latency_seconds', 'target', ofTargets),
                '{{target}}',
              ),
            ],
          }),
          graph({
            title: 'Từ khi nhận tệp đến xác nhận, 99% · Reception to receipt, 99 %',
            description: 'Theo máy chủ nhận. · By target.',
            width: 12,
            unit: 's',
            queries: [
              promql(
                quantile(0.99, 'envigate_delivery_latency_seconds', 'target', ofTargets),
                '{{target}}',
              ),
            ],
          }),
        ],
      },
      {
        height: 8,
        panels: [
          graph({
            title: 'Tệp chờ truyền · Files that wait',
            description: 'Theo máy chủ nhận. · By target.',
            width: 12,
            unit: 'short',
            queries: [
              promql(
                `max by (target) (${metric('envigate_deliveries_due', ofTargets)})`,
                '{{target}}',
              ),
            ],
          }),
          table({
            title: 'Đã từ chối hoặc để riêng · Refused or set aside',
            description:
              'Số tệp trong thời gian được chọn, theo mã lỗi. · Files within the chosen time, by code.',
            width: 12,
            unit: 'short',
            noValue: none,
            queries: [
              sqlTable(`SELECT target, state, failure_code, count(*) AS files FROM grafana.undecided_deliveries
WHERE ${ofRows} AND $__timeFilter(ended_at) GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3`),
            ],
            columns: [
              column('target', 'Máy chủ nhận · Target'),
              column('state', 'Tình trạng · State', wordsFor(deliveryStateLabels)),
              column('failure_code', 'Mã lỗi · Code', wordsFor(deliveryFailureLabels)),
              column('files', 'Số tệp · Files'),
            ],
          }),
        ],
      },
      {
        height: 10,
        panels: [
          table({
            title: 'Trạm đang chờ truyền · Stations that wait',
            description:
              'Vì sao chờ, lần thử tiếp theo; chờ lâu nhất trước, tối đa 200. · Why they wait, and the next attempt; the longest first, 200 at most.',
            width: 12,
            unit: 'short',
            noValue: none,
            queries: [
              sqlTable(`SELECT target, station, failures, failure_code, data_time, received_at, next_attempt_at
FROM grafana.lanes WHERE ${ofRows} AND data_time IS NOT NULL ORDER BY received_at LIMIT 200`),
            ],
            columns: [
              column('target', 'Máy chủ nhận · Target'),
              stationColumn,
              column(
                'failures',
                'Lần lỗi liên tiếp · Failures in a row',
                { id: 'thresholds', value: { mode: 'absolute', steps: redFrom(1) } },
                colored,
              ),
              column('failure_code', 'Vì sao · Why', wordsFor(deliveryFailureLabels)),
              timeColumn('data_time', 'Thời gian đo · Time of data'),
              timeColumn('received_at', 'Nhận lúc · Received'),
              timeColumn('next_attempt_at', 'Thử lại lúc · Next attempt'),
            ],
          }),
          table({
            title: 'Chờ người quyết định · Waiting for a decision',
            description: 'Mới nhất trước, tối đa 200. · Newest first, 200 at most.',
            width: 12,
            unit: 'short',
            noValue: none,
            queries: [
              sqlTable(`SELECT delivery_id, target, station, state, failure_code, data_time, ended_at, attempts
FROM grafana.undecided_deliveries WHERE ${ofRows} ORDER BY delivery_id DESC LIMIT 200`),
            ],
            columns: [
              column('delivery_id', 'Số · Number'),
              column('target', 'Máy chủ nhận · Target'),
              stationColumn,
              column('state', 'Tình trạng · State', wordsFor(deliveryStateLabels)),
              column('failure_code', 'Vì sao · Why', wordsFor(deliveryFailureLabels)),
              timeColumn('data_time', 'Thời gian đo · Time of data'),
              timeColumn('ended_at', 'Kết thúc lúc · Ended'),
              column('attempts', 'Số lần thử · Attempts'),
            ],
          }),
        ],
      },
    ],
  });
