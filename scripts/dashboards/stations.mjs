import { gapLevelLabels, stationKindLabels } from '../../packages/domain/dist/index.js';
import {
  column,
  colored,
  dashboard,
  graph,
  history,
  none,
  promql,
  sqlSeries,
  sqlTable,
  stat,
  stationColumn,
  table,
  timeColumn,
  timeline,
  wordsFor,
} from './kit.mjs';
import { metric } from './promql.mjs';
import { facility, job, province, sources, stations as stationVariable } from './variables.mjs';

export const ofStations = `station IN (\${station:sqlstring})`;

/** The states of a station over time: a number each. */
export const gapStates = wordsFor(
  {
    0: { vi: 'có dữ liệu', en: 'data' },
    1: gapLevelLabels['15min'],
    2: gapLevelLabels['1h'],
    3: gapLevelLabels['12h'],
  },
  { 0: 'green', 1: 'yellow', 2: 'orange', 3: 'red' },
);

/**
 * A row where a state begins: of each series at the start of the range, of each gap, and where a gap ends.
 * Of several rows of one instant the worst counts.
 * @param {{ series: string, name: string, gaps: string }} of the names of all series, what a gap's series is
 *   called, and which gaps
 */
export const stateChanges = ({
  series,
  name,
  gaps,
}) => `SELECT DISTINCT ON (time, metric) time, metric, state FROM (
  SELECT $__timeFrom()::timestamptz AS time, series.name AS metric, 0 AS state FROM (${series}) series (name)
  UNION ALL
  SELECT greatest(from_time, $__timeFrom()), ${name}, CASE level WHEN '15min' THEN 1 WHEN '1h' THEN 2 ELSE 3 END
  FROM grafana.gaps WHERE ${gaps} AND from_time < $__timeTo() AND until > $__timeFrom()
  UNION ALL
  SELECT to_time, ${name}, 0
  FROM grafana.gaps WHERE ${gaps} AND to_time BETWEEN $__timeFrom() AND $__timeTo()
) change ORDER BY time, metric, state DESC`;

export const stations = () =>
  dashboard({
    uid: 'envigate-stations',
    title: 'Trạm quan trắc · Stations',
    description:
      'Tình trạng, diễn biến, tỷ lệ dữ liệu nhận được và đồng hồ của các trạm. · State, course, completeness and clocks of stations.',
    from: 'now-24h',
    refresh: '1m',
    variables: [...sources, job, province, facility, stationVariable],
    rows: [
      {
        height: 4,
        panels: [
          stat({
            title: 'Số trạm theo tình trạng · Stations by state',
            description:
              'Trạm được chọn: có dữ liệu, đang gián đoạn, dừng theo kế hoạch, chưa có dữ liệu. · Of the chosen stations: with data, silent, in a planned stop, never heard.',
            width: 24,
            unit: 'short',
            queries: [
              sqlTable(`SELECT count(*) FILTER (WHERE last_data IS NOT NULL AND silent_since IS NULL) AS data,
       count(*) FILTER (WHERE silent_since IS NOT NULL) AS silent,
       count(*) FILTER (WHERE stopped_until IS NOT NULL) AS stopped,
       count(*) FILTER (WHERE last_data IS NULL) AS never
FROM grafana.station_now WHERE ${ofStations}`),
            ],
            columns: [
              column('data', 'Có dữ liệu · With data', {
                id: 'color',
                value: { mode: 'fixed', fixedColor: 'green' },
              }),
              column('silent', 'Đang gián đoạn · Silent', {
                id: 'color',
                value: { mode: 'fixed', fixedColor: 'red' },
              }),
              column('stopped', 'Dừng theo kế hoạch · Planned stop', {
                id: 'color',
                value: { mode: 'fixed', fixedColor: 'blue' },
              }),
              column('never', 'Chưa có dữ liệu · Never heard', {
                id: 'color',
                value: { mode: 'fixed', fixedColor: 'yellow' },
              }),
            ],
          }),
        ],
      },
      {
        height: 10,
        panels: [
          table({
            title: 'Tình trạng từng trạm · State of each station',
            description:
              'Dữ liệu gần nhất, khoảng đang gián đoạn và đồng hồ: nhanh ít nhất bằng số giây này; âm là chậm tối đa, hoặc tệp gửi muộn. · Last data, the open gap, and the clock: ahead by at least this many seconds; negative: behind by at most this much, or sent late.',
            width: 24,
            unit: 'short',
            noValue: none,
            queries: [
              sqlTable(`SELECT station, name, facility_name, province, kind, last_data, level, silent_since, stopped_until,
       clock_ahead_seconds, clock_files
FROM grafana.station_now WHERE ${ofStations} ORDER BY silent_since NULLS LAST, station`),
            ],
            columns: [
              stationColumn,
              column('name', 'Tên trạm · Name'),
              column('facility_name', 'Cơ sở · Facility'),
              column('province', 'Tỉnh · Province'),
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
              column('clock_ahead_seconds', 'Đồng hồ nhanh ít nhất · Clock ahead by at least', {
                id: 'unit',
                value: 's',
              }),
              column('clock_files', 'Số tệp đã xét · Files looked at'),
            ],
          }),
        ],
      },
      {
        height: 12,
        panels: [
          timeline({
            title: 'Diễn biến gián đoạn · Gaps over time',
            description:
              'Khoảng gián đoạn truyền dữ liệu của từng trạm, theo thời gian đo. · Transmission gaps of each station, by the time of measurement.',
            width: 24,
            unit: 'short',
            states: gapStates,
            queries: [
              sqlSeries(
                stateChanges({
                  series: `SELECT station FROM grafana.stations WHERE ${ofStations}`,
                  name: 'station',
                  gaps: `${ofStations} AND kind = 'transmission' AND parameter IS NULL`,
                }),
              ),
            ],
          }),
        ],
      },
      {
        height: 12,
        panels: [
          history({
            title: 'Tỷ lệ dữ liệu nhận được mỗi giờ · Completeness by hour',
            description:
              'Số thời điểm đo có dữ liệu so với số phải có theo tần suất trong danh mục hiện nay; ô trống là không có. Giờ đầu và giờ cuối có thể chưa đủ. · Instants with data to those expected by the interval of the present registry; empty: none. The first and the last hour may be incomplete.',
            width: 24,
            unit: 'percentunit',
            thresholds: [
              { value: null, color: 'red' },
              { value: 0.5, color: 'orange' },
              { value: 0.85, color: 'yellow' },
              { value: 0.99, color: 'green' },
            ],
            queries: [
              sqlSeries(`SELECT $__timeGroup(instant.time, '1h') AS time, instant.station AS metric,
       least(count(DISTINCT instant.time) * max(known.interval_minutes) / 60, 1) AS share
FROM grafana.instants instant JOIN grafana.stations known USING (station)
WHERE instant.${ofStations} AND $__timeFilter(instant.time)
GROUP BY 1, 2 ORDER BY 1`),
            ],
          }),
        ],
      },
      {
        height: 9,
        panels: [
          graph({
            title: 'Đồng hồ datalogger nhanh nhất · Logger clocks furthest ahead',
            description: 'Nhanh ít nhất bằng giá trị này. · Ahead by at least this much.',
            width: 12,
            unit: 's',
            queries: [
              promql(
                `topk(10, max by (station) (${metric('envigate_station_clock_offset_seconds', 'station=~"$station"')}))`,
                '{{station}}',
              ),
            ],
          }),
          graph({
            title: 'Đồng hồ datalogger chậm nhất · Logger clocks furthest behind',
            description:
              'Âm: chậm tối đa bằng giá trị này, hoặc tệp gửi muộn. · Negative: behind by at most this much, or sent late.',
            width: 12,
            unit: 's',
            queries: [
              promql(
                `bottomk(10, max by (station) (${metric('envigate_station_clock_offset_seconds', 'station=~"$station"')}))`,
                '{{station}}',
              ),
            ],
          }),
        ],
      },
    ],
  });
