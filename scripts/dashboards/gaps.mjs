import {
  gapKindLabels,
  gapLevelLabels,
  noticeKindLabels,
  noticeMailStateLabels,
} from '../../packages/domain/dist/index.js';
import {
  column,
  colored,
  dashboard,
  graph,
  inUnit,
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
import { metric } from './promql.mjs';
import { ofStations } from './stations.mjs';
import { facility, job, province, sources, stations } from './variables.mjs';

const levelColors = { '15min': 'yellow', '1h': 'orange', '12h': 'red' };
const gapsOfRange = `${ofStations} AND from_time < $__timeTo() AND until > $__timeFrom()`;
/** What became of gaps, as the gap detector counts it. */
const changeLabels = {
  opened: { vi: 'bắt đầu', en: 'opened' },
  level: { vi: 'tăng mức', en: 'next level' },
  closed: { vi: 'khôi phục', en: 'closed' },
  shrunk: { vi: 'ngắn lại', en: 'shrunk' },
  extended: { vi: 'dài thêm', en: 'extended' },
  recounted: { vi: 'tính lại', en: 'recounted' },
  removed: { vi: 'đã truyền bổ sung đủ', en: 'filled' },
};

export const gaps = () =>
  dashboard({
    uid: 'envigate-gaps',
    title: 'Gián đoạn và thông báo · Gaps and notices',
    description:
      'Khoảng gián đoạn, dừng theo kế hoạch, hệ thống tiếp nhận gián đoạn và thông báo. · Gaps, planned stops, outages of the gateway, and notices.',
    from: 'now-7d',
    refresh: '1m',
    variables: [...sources, job, province, facility, stations],
    rows: [
      {
        height: 5,
        panels: [
          stat({
            title: 'Đang gián đoạn theo mức · Open gaps by level',
            description:
              'Số trạm đang gián đoạn, theo mức. · Stations that are silent now, by level.',
            width: 8,
            unit: 'short',
            noValue: none,
            queries: [promqlNow(`max by (level) (${metric('envigate_open_gaps')})`, '{{level}}')],
            columns: seriesOf(gapLevelLabels),
          }),
          stat({
            title: 'Thư chờ gửi lâu nhất · Mail that waits longest',
            description:
              'Thời gian chờ của thư chờ gửi lâu nhất. · How long the mail that waits longest has been due.',
            width: 4,
            unit: 's',
            noValue: 'chưa bật thông báo · notices are off',
            thresholds: yellowThenRed(900, 3600),
            queries: [
              promqlNow(
                `max(${metric('envigate_notice_mail_oldest_due_seconds')})`,
                'chờ · waiting',
              ),
            ],
          }),
          stat({
            title: 'Thư chờ gửi · Mails due',
            description: 'Số thư chờ máy chủ thư nhận. · Mails that wait for the mail server.',
            width: 4,
            unit: 'short',
            noValue: 'chưa bật thông báo · notices are off',
            thresholds: yellowThenRed(10, 100),
            queries: [promqlNow(`max(${metric('envigate_notice_mails_due')})`, 'thư · mails')],
          }),
          stat({
            title: 'Thư cần xử lý · Mails for a person',
            description:
              'Thư bị từ chối hoặc không gửi được: envigate notices list. · Mails that were refused or given up: envigate notices list.',
            width: 4,
            unit: 'short',
            noValue: 'chưa bật thông báo · notices are off',
            thresholds: redFrom(1),
            queries: [
              promqlNow(`max(${metric('envigate_notice_mails_for_a_person')})`, 'thư · mails'),
            ],
          }),
          stat({
            title: 'Thư gần nhất cách đây · Last mail, ago',
            description:
              'Từ khi máy chủ thư nhận thư gần nhất; −1 là chưa bao giờ. · Since the mail server took a mail; −1: never.',
            width: 4,
            unit: 's',
            noValue: 'chưa bật thông báo · notices are off',
            queries: [
              promqlNow(
                `min(${metric('envigate_notice_mail_last_sent_seconds')})`,
                'cách đây · ago',
              ),
            ],
          }),
        ],
      },
      {
        height: 11,
        panels: [
          table({
            title: 'Khoảng gián đoạn · Gaps',
            description:
              'Của trạm được chọn, trong thời gian được chọn, mới nhất trước; tối đa 500. · Of the chosen stations and time, newest first; 500 at most.',
            width: 24,
            unit: 'short',
            noValue: none,
            queries: [
              sqlTable(`SELECT station, parameter, kind, level, from_time, to_time,
       extract(epoch FROM coalesce(to_time, now()) - from_time)::float8 - excluded_seconds AS counted, excluded_seconds, opened_at
FROM grafana.gaps WHERE ${gapsOfRange} ORDER BY from_time DESC LIMIT 500`),
            ],
            columns: [
              stationColumn,
              column('parameter', 'Thông số · Parameter'),
              column('kind', 'Loại · Kind', wordsFor(gapKindLabels)),
              column('level', 'Mức · Level', wordsFor(gapLevelLabels, levelColors), colored),
              timeColumn('from_time', 'Từ · From'),
              timeColumn('to_time', 'Đến · To'),
              column('counted', 'Thời gian tính · Counts', inUnit('s')),
              column('excluded_seconds', 'Không tính · Does not count', inUnit('s')),
              timeColumn('opened_at', 'Phát hiện lúc · Found at'),
            ],
          }),
        ],
      },
      {
        height: 9,
        panels: [
          graph({
            title: 'Thay đổi của khoảng gián đoạn · Changes of gaps',
            description:
              'Số khoảng gián đoạn bắt đầu, khôi phục, được tính lại mỗi phút. · Gaps opened, closed and recounted, per minute.',
            width: 12,
            unit: 'cpm',
            queries: [
              promql(
                `60 * sum by (change) (rate(${metric('envigate_gap_changes_total')}[$__rate_interval]))`,
                '{{change}}',
              ),
            ],
            columns: seriesOf(changeLabels),
          }),
          table({
            title: 'Cơ sở gián đoạn nhiều nhất · Facilities with the longest gaps',
            description:
              'Tổng thời gian gián đoạn của các trạm trong thời gian được chọn, đã trừ phần không tính. · Hours without data of their stations within the chosen time, less what does not count.',
            width: 12,
            unit: 'short',
            noValue: none,
            queries: [
              sqlTable(`SELECT known.facility_name, count(*) AS gaps,
       sum(greatest(extract(epoch FROM least(gap.until, $__timeTo(), now()) - greatest(gap.from_time, $__timeFrom()))::float8 - gap.excluded_seconds, 0)) AS seconds
FROM grafana.gaps gap JOIN grafana.stations known USING (station)
WHERE station IN (\${station:sqlstring}) AND gap.kind = 'transmission' AND gap.parameter IS NULL
  AND gap.from_time < $__timeTo() AND gap.until > $__timeFrom()
GROUP BY 1 ORDER BY 3 DESC LIMIT 50`),
            ],
            columns: [
              column('facility_name', 'Cơ sở · Facility'),
              column('gaps', 'Số khoảng · Gaps'),
              column('seconds', 'Tổng thời gian · Total', inUnit('s')),
            ],
          }),
        ],
      },
      {
        height: 9,
        panels: [
          table({
            title: 'Dừng theo kế hoạch · Planned stops',
            description:
              'Trong thời gian được chọn và sắp tới. · Within the chosen time, and to come.',
            width: 12,
            unit: 'short',
            noValue: none,
            queries: [
              sqlTable(`SELECT scope, code, from_time, to_time, reason FROM grafana.planned_stops
WHERE to_time > $__timeFrom() ORDER BY from_time DESC LIMIT 200`),
            ],
            columns: [
              column(
                'scope',
                'Phạm vi · Scope',
                wordsFor({
                  station: { vi: 'trạm', en: 'station' },
                  facility: { vi: 'cơ sở', en: 'facility' },
                  province: { vi: 'tỉnh', en: 'province' },
                }),
              ),
              column('code', 'Mã · Code'),
              timeColumn('from_time', 'Từ · From'),
              timeColumn('to_time', 'Đến · To'),
              column('reason', 'Lý do · Reason'),
            ],
          }),
          table({
            title: 'Hệ thống tiếp nhận gián đoạn · Outages of the gateway',
            description:
              'Khi một cổng không nhận được tệp: không tính là gián đoạn của trạm. · When a door could not take files: no gap of a station.',
            width: 12,
            unit: 'short',
            noValue: none,
            queries: [
              sqlTable(`SELECT receiver, door, cause, from_time, to_time, planned FROM grafana.outages
WHERE from_time < $__timeTo() AND until > $__timeFrom() ORDER BY from_time DESC LIMIT 200`),
            ],
            columns: [
              column('receiver', 'Dịch vụ tiếp nhận · Receiver'),
              column('door', 'Cổng · Door'),
              column('cause', 'Nguyên nhân · Cause'),
              timeColumn('from_time', 'Từ · From'),
              timeColumn('to_time', 'Đến · To'),
              column('planned', 'Có kế hoạch · Planned'),
            ],
          }),
        ],
      },
      {
        height: 9,
        panels: [
          graph({
            title: 'Thông báo theo loại · Notices by kind',
            description: 'Số thông báo đến hạn trong mỗi giờ. · Notices that fell due, per hour.',
            width: 12,
            unit: 'short',
            queries: [
              promql(
                `3600 * sum by (kind) (rate(${metric('envigate_notices_total')}[$__rate_interval]))`,
                '{{kind}}',
              ),
            ],
            columns: seriesOf(noticeKindLabels),
          }),
          table({
            title: 'Thư theo tình trạng · Mails by state',
            description: 'Thư tạo trong thời gian được chọn. · Mails made within the chosen time.',
            width: 12,
            unit: 'short',
            noValue: none,
            queries: [
              sqlTable(`SELECT kind, state, count(*) AS mails, max(ended_at) AS last
FROM grafana.notice_mails WHERE $__timeFilter(created_at) GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2`),
            ],
            columns: [
              column('kind', 'Loại thông báo · Kind', wordsFor(noticeKindLabels)),
              column('state', 'Tình trạng · State', wordsFor(noticeMailStateLabels)),
              column('mails', 'Số thư · Mails'),
              timeColumn('last', 'Gần nhất · Last'),
            ],
          }),
        ],
      },
      {
        height: 7,
        panels: [
          graph({
            title: 'Gửi thư · Sending mails',
            description:
              'Số thư máy chủ đã nhận, lần thử lỗi và thư bị từ chối, mỗi giờ. · Mails taken, failed attempts and refused mails, per hour.',
            width: 24,
            unit: 'short',
            queries: [
              promql(
                `3600 * sum(rate(${metric('envigate_notice_mails_sent_total')}[$__rate_interval]))`,
                'đã gửi · sent',
              ),
              promql(
                `3600 * sum(rate(${metric('envigate_notice_mail_failures_total')}[$__rate_interval]))`,
                'lần thử lỗi · failed attempts',
              ),
              promql(
                `3600 * sum(rate(${metric('envigate_notice_mails_refused_total')}[$__rate_interval]))`,
                'bị từ chối · refused',
              ),
            ],
          }),
        ],
      },
    ],
  });
