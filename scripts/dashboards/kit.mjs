// What dashboards are made of: queries, panels and the page that holds them. A panel is its builder of
// Grafana's SDK, filled from one description; what the SDK leaves open (ids, refIds, places) is set here.
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {
  BigValueColorMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as StatusHistoryBuilder } from '@grafana/grafana-foundation-sdk/statushistory';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { labelOf } from '../../packages/domain/dist/index.js';

/**
 * @typedef {import('@grafana/grafana-foundation-sdk/cog').Builder<import('@grafana/grafana-foundation-sdk/cog').Dataquery>} Query
 * @typedef {import('@grafana/grafana-foundation-sdk/dashboard').Panel} Panel
 * @typedef {import('@grafana/grafana-foundation-sdk/dashboard').DynamicConfigValue} Property
 * @typedef {{ title: string, description: string, width: number, unit: string, queries: ((refId: string) => Query)[],
 *   noValue?: string, thresholds?: Threshold[], columns?: Column[], repeat?: string }} Description
 * @typedef {{ value: number | null, color: string }} Threshold
 * @typedef {{ name: string, properties: Property[] }} Column
 * @typedef {Readonly<Record<string, { readonly vi: string, readonly en: string }>>} Labels
 */

export const prometheus = { type: 'prometheus', uid: '${prometheus}' };
export const postgres = { type: 'grafana-postgresql-datasource', uid: '${postgres}' };

const query = (
  /** @type {string} */ refId,
  /** @type {string} */ expr,
  /** @type {string} */ legend,
) => new DataqueryBuilder().datasource(prometheus).refId(refId).expr(expr).legendFormat(legend);

/** A range of values, for a graph. */
export const promql =
  (/** @type {string} */ expr, /** @type {string} */ legend) => (/** @type {string} */ refId) =>
    query(refId, expr, legend).range();

/** The value of now, for a figure. */
export const promqlNow =
  (/** @type {string} */ expr, /** @type {string} */ legend) => (/** @type {string} */ refId) =>
    query(refId, expr, legend).instant();

/** The series of now, a row each. */
export const promqlTable = (/** @type {string} */ expr) => (/** @type {string} */ refId) =>
  query(refId, expr, '').instant().format(PromQueryFormat.Table);

/** The SDK has no queries of PostgreSQL: the fields that Grafana's own editor writes. */
const sqlQuery =
  (/** @type {string} */ rawSql, /** @type {string} */ format) =>
  (/** @type {string} */ refId) => ({
    build: () => ({
      ...{
        refId,
        datasource: postgres,
        rawSql: rawSql.trim(),
        format,
        rawQuery: true,
        editorMode: 'code',
      },
      _implementsDataqueryVariant() {},
    }),
  });
/** First column `time`; a text column `metric` names the series. */
export const sqlSeries = (/** @type {string} */ rawSql) => sqlQuery(rawSql, 'time_series');
export const sqlTable = (/** @type {string} */ rawSql) => sqlQuery(rawSql, 'table');

/** @type {(value: number) => Threshold[]} */
export const redFrom = (value) => [
  { value: null, color: 'green' },
  { value, color: 'red' },
];
/** @type {(yellow: number, red: number) => Threshold[]} */
export const yellowThenRed = (yellow, red) => [
  { value: null, color: 'green' },
  { value: yellow, color: 'yellow' },
  { value: red, color: 'red' },
];
/** @type {(green: number) => Threshold[]} */
export const redBelow = (green) => [
  { value: null, color: 'red' },
  { value: green, color: 'green' },
];

export const none = 'không có · none';
const noData = 'không có dữ liệu · no data';
/** As officers write it, in the dashboard's time zone. */
const officersTime = 'time:DD/MM/YYYY HH:mm';

/**
 * Words for codes, and a colour where one is given.
 * @type {(labels: Labels, colors?: Record<string, string>) => Property}
 */
export const wordsFor = (labels, colors = {}) => ({
  id: 'mappings',
  value: [
    {
      type: MappingType.ValueToText,
      options: Object.fromEntries(
        Object.keys(labels).map((code, index) => {
          const color = colors[code];
          return [
            code,
            { text: labelOf(labels, code), index, ...(color !== undefined && { color }) },
          ];
        }),
      ),
    },
  ],
});

/**
 * A column, or a series, under its two names.
 * @type {(name: string, displayName: string, ...properties: Property[]) => Column}
 */
export const column = (name, displayName, ...properties) => ({
  name,
  properties: [{ id: 'displayName', value: displayName }, ...properties],
});
/** @type {(labels: Labels) => Column[]} */
export const seriesOf = (labels) =>
  Object.keys(labels).map((code) => column(code, labelOf(labels, code)));
/** @type {(name: string, displayName: string) => Column} */
export const timeColumn = (name, displayName) =>
  column(name, displayName, { id: 'unit', value: officersTime });
/** @type {(unit: string) => Property} */
export const inUnit = (unit) => ({ id: 'unit', value: unit });
/** @type {Property} */
export const colored = {
  id: 'custom.cellOptions',
  value: { type: 'color-background', mode: 'basic' },
};
/** A cell that leads to the page of its station. @type {Property} */
export const toStation = {
  id: 'links',
  value: [
    {
      title: 'mở trạm · open the station',
      url: '/d/envigate-station?var-station=${__value.raw}&${__url_time_range}',
    },
  ],
};
export const stationColumn = column('station', 'Mã trạm · Station', toStation);

/** @type {(builder: any, description: Description) => any} */
function described(
  builder,
  { title, description, width, unit, queries, noValue, thresholds, columns = [], repeat },
) {
  builder
    .title(title)
    .description(description)
    .span(width)
    .unit(unit)
    .noValue(noValue ?? noData);
  const first = queries[0]?.('A').build();
  builder.datasource(/** @type {any} */ (first).datasource);
  queries.forEach((query, i) => builder.withTarget(query(String.fromCharCode(65 + i))));
  if (thresholds !== undefined)
    builder
      .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(thresholds))
      .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds));
  for (const { name, properties } of columns) builder.overrideByName(name, properties);
  if (repeat !== undefined) builder.repeat(repeat).repeatDirection('h').maxPerRow(2);
  return builder;
}

const legend = () =>
  new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
    .calcs([]);
const tooltip = () =>
  new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);

/** One figure, or one for each series or row. @type {(description: Description & { eachRow?: boolean }) => any} */
export const stat = ({ eachRow = false, ...description }) =>
  described(new StatBuilder(), description)
    .colorMode(BigValueColorMode.Value)
    .reduceOptions(
      new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(eachRow).fields(''),
    );

/** A graph. A line ends where nothing comes for `breakMs`. @type {(description: Description & { breakMs?: number }) => any} */
export const graph = ({ breakMs, ...description }) => {
  const builder = described(new TimeseriesBuilder(), description)
    .legend(legend())
    .tooltip(tooltip())
    .fillOpacity(8);
  return breakMs === undefined
    ? builder
    : builder.insertNulls(breakMs).showPoints(VisibilityMode.Auto);
};

/** @type {(description: Description) => any} */
export const table = (description) => described(new TableBuilder(), description).filterable(true);

/** States over time, from change to change. `states`: number → words and colour. @type {(description: Description & { states: Property }) => any} */
export const timeline = ({ states, ...description }) =>
  described(new StateTimelineBuilder(), description)
    .mappings(states.value)
    .legend(legend())
    .spanNulls(true)
    .showValue(VisibilityMode.Never);

/** A value for each stretch of time. @type {(description: Description) => any} */
export const history = (description) =>
  described(new StatusHistoryBuilder(), description)
    .legend(legend())
    .showValue(VisibilityMode.Never);

/** @type {(title: string, url: string) => any} */
const linkTo = (title, url) =>
  new DashboardLinkBuilder(title)
    .type(DashboardLinkType.Link)
    .url(url)
    .targetBlank(true)
    .keepTime(false);

/**
 * A page. Panels flow left to right over Grafana's 24 columns; each row has one height.
 * @param {{ uid: string, title: string, description: string, from: string, refresh: string, variables: any[],
 *   rows: { height: number, panels: any[] }[] }} page
 */
export function dashboard({ uid, title, description, from, refresh, variables, rows }) {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['envigate'])
    .timezone('Asia/Ho_Chi_Minh')
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from, to: 'now' })
    .refresh(refresh)
    .link(
      new DashboardLinkBuilder('Envigate')
        .type(DashboardLinkType.Dashboards)
        .tags(['envigate'])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    )
    .link(linkTo('Bảng theo dõi · Console', '${console}'))
    .link(linkTo('Xử lý cảnh báo · What alerts mean', '${console}/guide'));
  for (const variable of variables) builder.withVariable(variable);
  let y = 0;
  let id = 0;
  for (const { height, panels } of rows) {
    let x = 0;
    for (const panel of panels) {
      const width = panel.build().gridPos.w;
      builder.withPanel(panel.id((id += 1)).gridPos({ x, y, w: width, h: height }));
      x += width;
    }
    y += height;
  }
  return builder.build();
}
