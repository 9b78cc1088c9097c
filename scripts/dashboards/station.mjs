import {
  gapKindLabels,
  gapLevelLabels,
  qualityFlagLabels,
  reasons,
  receptionOutcomeLabels,
} from '../../packages/domain/dist/index.js';
import {
  column,
  colored,
  dashboard,
  graph,
  inUnit,
  none,
  seriesOf,
  sqlSeries,
  sqlTable,
  stat,
  table,
  timeColumn,
  timeline,
  wordsFor,
} from './kit.mjs';
import { gapStates, ofStations, stateChanges } from './stations.mjs';
import { facility, oneStation, parameters, province, sources } from './variables.mjs';

const ofParameters = `parameter IN (\${parameter:sqlstring})`;
const flagColors = { 1: 'green', 2: 'blue', 3: 'yellow', 4: 'red', 9: 'purple' };

export const station = () =>
  dashboard({
    uid: 'envigate-station',
    title: 'Một trạm · One station',
    description:
      'Giá trị đo với cờ chất lượng và khoảng gián đoạn của một trạm. · Readings of a station with their flags and gaps.',
    from: 'now-24h',
    refresh: '1m',
    variables: [...sources, province, facility, oneStation, parameters],
    rows: [
      {
        height: 4,
        panels: [
          stat({
            title: 'Tình trạng · State',
            description:
              'Dữ liệu gần nhất, gián đoạn từ, đồng hồ nhanh ít nhất. · Last data, no data since, clock ahead by at least.',
            width: 24,
            unit: 'short',
            noValue: none,
            queries: [
              sqlTable(`SELECT extract(epoch FROM now() - last_data)::float8 AS age,
       extract(epoch FROM now() - silent_since)::float8 AS silent, clock_ahead_seconds
FROM grafana.station_now WHERE ${ofStations}`),
            ],
            columns: [
              column('age', 'Dữ liệu gần nhất cách đây · Last data, ago', inUnit('s')),
              column('silent', 'Gián đoạn đã · Silent for', inUnit('s')),
              column(
                'clock_ahead_seconds',
                'Đồng hồ nhanh ít nhất · Clock ahead by at least',
                inUnit('s'),
              ),
            ],
          }),
        ],
      },
      {
        height: 8,
        panels: [
          graph({
            title: '${parameter:text}',
            description:
              'Giá trị đo theo đơn vị trong tiêu đề. Giá trị nghi ngờ và không hợp lệ hiện thành điểm; đường ngắt khi quá 15 phút không có giá trị. · Values in the unit of the title. Suspect and bad ones are points; the line ends where no value comes for 15 minutes.',
            width: 24,
            unit: 'none',
            repeat: 'parameter',
            breakMs: 15 * 60_000,
            queries: [
              sqlSeries(`SELECT time, value AS good FROM grafana.readings
WHERE ${ofStations} AND ${ofParameters} AND $__timeFilter(time) AND flag <= 2 AND value IS NOT NULL ORDER BY time`),
              sqlSeries(`SELECT time, value AS doubtful FROM grafana.readings
WHERE ${ofStations} AND ${ofParameters} AND $__timeFilter(time) AND flag IN (3, 4) AND value IS NOT NULL ORDER BY time`),
            ],
            columns: [
              column('good', 'hợp lệ hoặc chưa đánh giá · good or not evaluated', {
                id: 'color',
                value: { mode: 'fixed', fixedColor: 'green' },
              }),
              column(
                'doubtful',
                'nghi ngờ hoặc không hợp lệ · suspect or bad',
                { id: 'color', value: { mode: 'fixed', fixedColor: 'red' } },
                { id: 'custom.drawStyle', value: 'points' },
                { id: 'custom.pointSize', value: 7 },
              ),
            ],
          }),
        ],
      },
      {
        height: 8,
        panels: [
          timeline({
            title: 'Cờ chất lượng · Quality flags',
            description:
              'Cờ xấu nhất của mỗi thông số trong từng khoảng thời gian. · The worst flag of each parameter in each interval.',
            width: 24,
            unit: 'short',
            states: wordsFor(qualityFlagLabels, flagColors),
            queries: [
              sqlSeries(`SELECT $__timeGroup(time, $__interval) AS time, parameter AS metric, max(flag) AS flag
FROM grafana.readings WHERE ${ofStations} AND ${ofParameters} AND $__timeFilter(time) GROUP BY 1, 2 ORDER BY 1`),
            ],
          }),
        ],
      },
      {
        height: 8,
        panels: [
          timeline({
            title: 'Gián đoạn theo thông số · Gaps by parameter',
            description:
              'Khoảng gián đoạn của trạm và của từng thông số. · Gaps of the station and of each parameter.',
            width: 12,
            unit: 'short',
            states: gapStates,
            queries: [
              sqlSeries(
                stateChanges({
                  series: `SELECT parameter FROM grafana.station_parameters WHERE ${ofStations} UNION ALL SELECT 'trạm · station'`,
                  name: `coalesce(parameter, 'trạm · station')`,
                  gaps: ofStations,
                }),
              ),
            ],
          }),
          table({
            title: 'Khoảng gián đoạn · Gaps',
            description:
              'Mới nhất trước; phần không tính là dừng theo kế hoạch hoặc hệ thống tiếp nhận gián đoạn. · Newest first; planned stops and outages of the gateway do not count.',
            width: 12,
            unit: 'short',
            noValue: none,
            queries: [
              sqlTable(`SELECT parameter, kind, level, from_time, to_time, excluded_seconds FROM grafana.gaps
WHERE ${ofStations} AND from_time < $__timeTo() AND until > $__timeFrom() ORDER BY from_time DESC LIMIT 200`),
            ],
            columns: [
              column('parameter', 'Thông số · Parameter'),
              column('kind', 'Loại · Kind', wordsFor(gapKindLabels)),
              column(
                'level',
                'Mức · Level',
                wordsFor(gapLevelLabels, { '15min': 'yellow', '1h': 'orange', '12h': 'red' }),
                colored,
              ),
              timeColumn('from_time', 'Từ · From'),
              timeColumn('to_time', 'Đến · To'),
              column('excluded_seconds', 'Không tính · Does not count', inUnit('s')),
            ],
          }),
        ],
      },
      {
        height: 8,
        panels: [
          graph({
            title: 'Tệp nhận theo kết quả · Files by outcome',
            description:
              'Số tệp của trạm trong từng khoảng thời gian, theo thời điểm nhận. · Files of the station in each interval, by the time of reception.',
            width: 12,
            unit: 'short',
            queries: [
              sqlSeries(`SELECT $__timeGroup(received_at, $__interval) AS time, outcome AS metric, count(*) AS files
FROM grafana.receptions WHERE ${ofStations} AND $__timeFilter(received_at) GROUP BY 1, 2 ORDER BY 1`),
            ],
            columns: seriesOf(receptionOutcomeLabels),
          }),
          table({
            title: 'Lý do gắn cờ · Reasons of flags',
            description:
              'Lý do của giá trị không hợp lệ, nghi ngờ hoặc không có, nhiều nhất trước. · Reasons of values that are bad, suspect or missing, the most frequent first.',
            width: 12,
            unit: 'short',
            noValue: none,
            queries: [
              sqlTable(`SELECT parameter, split_part(reason, '@', 1) AS reason, count(*) AS readings
FROM grafana.readings CROSS JOIN LATERAL unnest(reasons) AS reason
WHERE ${ofStations} AND ${ofParameters} AND $__timeFilter(time) AND flag <> 1 GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT 100`),
            ],
            columns: [
              column('parameter', 'Thông số · Parameter'),
              column('reason', 'Lý do · Reason', wordsFor(reasons)),
              column('readings', 'Số giá trị · Readings'),
            ],
          }),
        ],
      },
    ],
  });
