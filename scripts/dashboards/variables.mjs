// The choices above a page. Those of the registry depend on each other: province, facility, station, parameter.
import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { postgres, prometheus } from './kit.mjs';

const everything = { selected: true, text: ['All'], value: ['$__all'] };

/** @type {(name: string, label: string, type: string, text: string, value: string) => any} */
const datasource = (name, label, type, text, value) =>
  new DatasourceVariableBuilder(name)
    .label(label)
    .type(type)
    .current({ selected: true, text, value });

/** Where figures and rows come from, and where the console is. */
export const sources = [
  datasource('prometheus', 'Prometheus', 'prometheus', 'Prometheus', 'envigate-prometheus'),
  datasource('postgres', 'PostgreSQL', postgres.type, 'Envigate', 'envigate-postgres'),
  new TextBoxVariableBuilder('console')
    .label('Bảng theo dõi · Console')
    .description('Địa chỉ bảng theo dõi. · Address of the console.')
    .defaultValue('http://127.0.0.1:8080')
    .current({ selected: true, text: 'http://127.0.0.1:8080', value: 'http://127.0.0.1:8080' }),
];

/** @type {(name: string, label: string, metric: string, label_: string) => any} */
const labelValues = (name, label, metric, label_) =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(prometheus)
    .query(/** @type {any} */ (`label_values(${metric}, ${label_})`))
    .definition(`label_values(${metric}, ${label_})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .current(everything);

/** Every process of the gateway has this metric, whatever the job is called in Prometheus. */
const ofEveryProcess = 'envigate_gauge_failures_total';

export const job = labelValues('job', 'Job', ofEveryProcess, 'job');
export const instance = labelValues(
  'instance',
  'Tiến trình · Process',
  `${ofEveryProcess}{job=~"$job"}`,
  'instance',
);

/** @type {(name: string, label: string, sql: string) => any} */
const rows = (name, label, sql) =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(postgres)
    .query(/** @type {any} */ (sql))
    .definition(sql)
    .refresh(VariableRefresh.OnDashboardLoad)
    .sort(VariableSort.Disabled);
/** @type {(name: string, label: string, sql: string) => any} */
const manyOf = (name, label, sql) =>
  rows(name, label, sql).multi(true).includeAll(true).current(everything);

export const province = manyOf(
  'province',
  'Tỉnh, thành phố · Province',
  `SELECT DISTINCT province AS __value, province AS __text FROM grafana.stations ORDER BY 1`,
);
export const facility = manyOf(
  'facility',
  'Cơ sở · Facility',
  `SELECT DISTINCT facility AS __value, facility_name AS __text FROM grafana.stations
WHERE province IN (\${province:sqlstring}) ORDER BY 2`,
);
const stationsOfFacility = `SELECT station AS __value, station || ' · ' || name AS __text FROM grafana.stations
WHERE facility IN (\${facility:sqlstring}) ORDER BY 1`;
export const stations = manyOf('station', 'Trạm · Stations', stationsOfFacility);
export const oneStation = rows('station', 'Trạm · Station', stationsOfFacility).includeAll(false);
export const parameters = manyOf(
  'parameter',
  'Thông số · Parameter',
  `SELECT DISTINCT parameter AS __value, symbol || ' (' || unit || ')' AS __text FROM grafana.station_parameters
WHERE station IN (\${station:sqlstring}) ORDER BY 2`,
);
export const target = manyOf(
  'target',
  'Máy chủ nhận · Target',
  `SELECT target AS __value, target AS __text FROM grafana.targets ORDER BY 1`,
);
