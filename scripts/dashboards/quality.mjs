import {
  isOfQuarantine,
  qualityFlagLabels,
  reasonScopeLabels,
  reasons,
} from '../../packages/domain/dist/index.js';
import {
  column,
  dashboard,
  graph,
  none,
  promql,
  promqlNow,
  seriesOf,
  sqlSeries,
  sqlTable,
  stat,
  stationColumn,
  table,
  timeColumn,
  wordsFor,
  yellowThenRed,
} from './kit.mjs';
import { metric, perMinute, within } from './promql.mjs';
import { ofStations } from './stations.mjs';
import { facility, job, province, sources, stations } from './variables.mjs';

const quarantineReasons = Object.fromEntries(
  Object.entries(reasons).filter(([, reason]) => isOfQuarantine(reason)),
);
const foundBy = {
  row: { vi: 'từng giá trị', en: 'the value itself' },
  series: { vi: 'chuỗi số liệu', en: 'a rule over time' },
};

export const quality = () =>
  dashboard({
    uid: 'envigate-quality',
    title: 'Chất lượng số liệu và khu cách ly · Quality and quarantine',
    description:
      'Tệp và dòng không đọc được, cờ chất lượng, giá trị thay thế. · Files and lines that could not be read, flags, corrections.',
    from: 'now-24h',
    refresh: '1m',
    variables: [...sources, job, province, facility, stations],
    rows: [
      {
        height: 5,
        panels: [
          stat({
            title: 'Tỷ lệ tệp cách ly · Share of files in quarantine',
            description: 'Trong thời gian được chọn. · Within the chosen time.',
            width: 6,
            unit: 'percentunit',
            thresholds: yellowThenRed(0.01, 0.05),
            queries: [
              promqlNow(
                `${within('envigate_normalised_files_total', '', 'outcome="quarantined"')} / ${within('envigate_normalised_files_total')}`,
                'cách ly · quarantined',
              ),
            ],
          }),
          stat({
            title: 'Đang tạm giữ · Held files',
            description:
              'Tệp đã nhận nhưng có vẻ chưa đầy đủ, theo lý do. · Files that look incomplete and wait, by reason.',
            width: 6,
            unit: 'short',
            noValue: none,
            thresholds: yellowThenRed(1, 100),
            queries: [promqlNow(`sum(${metric('envigate_held_files')})`, 'tệp · files')],
          }),
          stat({
            title: 'Giá trị thay thế · Corrections',
            description:
              'Giá trị đến lại với trị số khác, trong thời gian được chọn. · Readings that came again with another value, within the chosen time.',
            width: 6,
            unit: 'short',
            queries: [
              promqlNow(within('envigate_reading_corrections_total'), 'giá trị · readings'),
            ],
          }),
          stat({
            title: 'Chờ kiểm tra tự động lâu nhất · Longest wait for assessment',
            description:
              'Từ khi số liệu chờ kiểm tra lâu nhất thay đổi. · Since the readings that wait longest for the rules over time were touched.',
            width: 6,
            unit: 's',
            noValue: none,
            thresholds: yellowThenRed(600, 3600),
            queries: [
              promqlNow(
                `max(${metric('envigate_assessment_oldest_due_seconds')})`,
                'chờ · waiting',
              ),
            ],
          }),
        ],
      },
      {
        height: 9,
        panels: [
          graph({
            title: 'Khu cách ly theo lý do · Quarantine by reason',
            description:
              'Tệp và dòng không đọc được trong từng khoảng thời gian. · Files and lines that could not be read, in each interval.',
            width: 12,
            unit: 'short',
            queries: [
              sqlSeries(`SELECT $__timeGroup(quarantined_at, $__interval) AS time, reason AS metric, count(*) AS entries
FROM grafana.quarantine WHERE $__timeFilter(quarantined_at) GROUP BY 1, 2 ORDER BY 1`),
            ],
            columns: seriesOf(quarantineReasons),
          }),
          table({
            title: 'Chờ xử lý trong khu cách ly · Open in the quarantine',
            description:
              'Cách ly trong thời gian được chọn và chưa xử lý. · Quarantined within the chosen time and not resolved.',
            width: 12,
            unit: 'short',
            noValue: none,
            queries: [
              sqlTable(`SELECT reason, scope, account, station, count(*) AS entries, max(quarantined_at) AS newest
FROM grafana.quarantine WHERE $__timeFilter(quarantined_at) AND resolved_at IS NULL
GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4 LIMIT 200`),
            ],
            columns: [
              column('reason', 'Lý do · Reason', wordsFor(quarantineReasons)),
              column('scope', 'Phạm vi · Scope', wordsFor(reasonScopeLabels)),
              column('account', 'Tài khoản · Account'),
              stationColumn,
              column('entries', 'Số mục · Entries'),
              timeColumn('newest', 'Mới nhất · Newest'),
            ],
          }),
        ],
      },
      {
        height: 9,
        panels: [
          graph({
            title: 'Dòng theo lý do · Lines by reason',
            description:
              'Dòng mỗi phút có lý do, từ khi đọc tệp. · Lines per minute that have a reason, as files are read.',
            width: 12,
            unit: 'cpm',
            queries: [
              promql(
                `topk(15, ${perMinute('envigate_normalised_lines_total', 'reason', 'reason!="none"')})`,
                '{{reason}}',
              ),
            ],
            columns: seriesOf(reasons),
          }),
          graph({
            title: 'Giá trị mới, trùng, thay thế · New, repeated and corrected readings',
            description: 'Giá trị mỗi phút. · Readings per minute.',
            width: 12,
            unit: 'cpm',
            queries: [
              promql(perMinute('envigate_recorded_readings_total'), 'mới · new'),
              promql(perMinute('envigate_reading_repeats_total'), 'trùng · repeated'),
              promql(perMinute('envigate_reading_corrections_total'), 'thay thế · corrected'),
            ],
          }),
        ],
      },
      {
        height: 10,
        panels: [
          table({
            title: 'Giá trị có cờ theo trạm · Flagged readings by station',
            description:
              'Giá trị nghi ngờ, không hợp lệ hoặc không có trong thời gian được chọn, nhiều nhất trước. · Suspect, bad or missing values within the chosen time, the most first.',
            width: 12,
            unit: 'short',
            noValue: none,
            queries: [
              sqlTable(`SELECT station, parameter, flag, found_by, count(*) AS readings FROM grafana.flags
WHERE ${ofStations} AND $__timeFilter(time) GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 1, 2, 3, 4 LIMIT 200`),
            ],
            columns: [
              stationColumn,
              column('parameter', 'Thông số · Parameter'),
              column('flag', 'Cờ · Flag', wordsFor(qualityFlagLabels)),
              column('found_by', 'Phát hiện qua · Found by', wordsFor(foundBy)),
              column('readings', 'Số giá trị · Readings'),
            ],
          }),
          graph({
            title: 'Quy tắc kiểm tra chuỗi số liệu · Rules over time',
            description:
              'Giá trị bị gắn cờ mỗi phút, theo quy tắc và phiên bản. · Readings marked per minute, by rule and version.',
            width: 12,
            unit: 'cpm',
            queries: [promql(perMinute('envigate_assessment_verdicts_total', 'rule'), '{{rule}}')],
          }),
        ],
      },
      {
        height: 8,
        panels: [
          graph({
            title: 'Ký hiệu chưa khai báo · Unknown symbols',
            description:
              'Giá trị mỗi phút có ký hiệu thông số chưa khai báo, theo trạm. · Readings per minute under symbols that the registry does not know, by station.',
            width: 12,
            unit: 'cpm',
            queries: [
              promql(
                `topk(15, ${perMinute('envigate_unknown_symbol_readings_total', 'station')})`,
                '{{station}}',
              ),
            ],
          }),
          graph({
            title: 'Tệp tạm giữ lâu nhất · Files held longest',
            description:
              'Thời gian tạm giữ của tệp lâu nhất, theo lý do. · Age of the file held longest, by reason.',
            width: 12,
            unit: 's',
            queries: [
              promql(`max by (reason) (${metric('envigate_held_oldest_seconds')})`, '{{reason}}'),
            ],
          }),
        ],
      },
    ],
  });
