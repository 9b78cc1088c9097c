// A query of a dashboard as Grafana sends it to PostgreSQL or Prometheus: variables first, then macros. Written
// from Grafana's documentation of variables (formats), of the PostgreSQL data source (macros) and of the
// Prometheus data source ($__rate_interval). What is not known here is an error, never left as it is.

export interface DashboardTime {
  readonly from: Date;
  readonly to: Date;
  /** $__interval: what the panel's width makes of the range. */
  readonly intervalMs: number;
  /** Of the Prometheus data source: its scrape interval. */
  readonly scrapeMs: number;
}

/** The chosen values; of "All" every option. A variable that takes one value at most has one. */
export type Choices = ReadonlyMap<string, readonly string[]>;

/** The SQL that reaches the server. */
export function expandSql(rawSql: string, time: DashboardTime, choices: Choices): string {
  const interpolated = interpolate(rawSql, time, choices, (values) =>
    values.map(sqlText).join(','),
  );
  const expanded = interpolated.replace(
    // As Grafana's own expression: an argument cannot have a closing parenthesis.
    /\$__(\w+)\(([^)]*)\)/g,
    (_, name: string, text: string) => {
      const args = text.split(',').map((arg) => arg.trim());
      const macro = sqlMacros[name];
      if (macro === undefined) throw new Error(`unknown macro '$__${name}' of PostgreSQL`);
      return macro(args, time);
    },
  );
  return known(expanded, rawSql);
}

/** The PromQL that reaches the server. */
export function expandPromql(expr: string, time: DashboardTime, choices: Choices): string {
  return known(interpolate(expr, time, choices, promqlChoice), expr);
}

/** The choices alone, as Grafana's page puts them in before it asks its server. */
export function expandChoices(query: string, kind: 'sql' | 'promql', choices: Choices): string {
  return interpolate(query, undefined, choices, kind === 'sql' ? sqlChoice : promqlChoice);
}

function known(expanded: string, query: string): string {
  const left = /\$\{?\w+/.exec(expanded)?.[0];
  if (left !== undefined) throw new Error(`'${left}' stays unexpanded in: ${query}`);
  return expanded;
}

type Format = (values: readonly string[]) => string;

/** `$name`, `${name}` and `${name:format}`; without a format as the data source asks for. */
function interpolate(
  query: string,
  time: DashboardTime | undefined,
  choices: Choices,
  usual: Format,
): string {
  const builtIn = time === undefined ? new Map<string, string>() : builtInsOf(time);
  return query.replace(
    /\$\{(\w+)(?::(\w+))?\}|\$(\w+)/g,
    (whole, braced: string | undefined, format: string | undefined, bare: string | undefined) => {
      const name = braced ?? bare ?? '';
      if (builtIn.has(name)) return builtIn.get(name)!;
      if (name.startsWith('__')) return whole;
      const values = choices.get(name);
      if (values === undefined) throw new Error(`unknown variable '${name}' in: ${query}`);
      if (values.length === 0) throw new Error(`the variable '${name}' has no value in: ${query}`);
      const write = format === undefined ? usual : formats[format];
      if (write === undefined)
        throw new Error(`unknown format '${format}' of the variable '${name}'`);
      return write(values);
    },
  );
}

const sqlChoice: Format = (values) => values.map(sqlText).join(',');

const formats: Readonly<Record<string, Format>> = {
  sqlstring: sqlChoice,
  regex: (values) => (values.length === 1 ? regex(values[0]!) : `(${values.map(regex).join('|')})`),
  csv: (values) => values.join(','),
  text: (values) => values.join(' + '),
};

const sqlText = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const regex = (value: string): string => value.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&');
/** Within a string of PromQL, in which a backslash is written twice. */
const promqlRegex = (value: string): string =>
  value.replaceAll('\\', '\\\\\\\\').replace(/[$^*{}[\]'+?.()|]/g, '\\\\$&');
const promqlChoice: Format = (values) =>
  values.length === 1 ? promqlRegex(values[0]!) : `(${values.map(promqlRegex).join('|')})`;

function builtInsOf({
  from,
  to,
  intervalMs,
  scrapeMs,
}: DashboardTime): ReadonlyMap<string, string> {
  const rangeMs = to.getTime() - from.getTime();
  // So that every window of a rate has at least two, mostly four, scrapes.
  const rateMs = Math.max(intervalMs + scrapeMs, 4 * scrapeMs);
  return new Map([
    ['__interval', duration(intervalMs)],
    ['__interval_ms', String(intervalMs)],
    ['__rate_interval', duration(rateMs)],
    ['__range', `${Math.round(rangeMs / 1000)}s`],
    ['__range_s', String(Math.round(rangeMs / 1000))],
    ['__range_ms', String(rangeMs)],
  ]);
}

const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** In the largest unit that divides it. */
function duration(ms: number): string {
  const [unit, size] = Object.entries(units).find(([, each]) => ms % each === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

function msOf(text: string | undefined): number {
  const [, count, unit] = /^'?(\d+)(ms|s|m|h|d)'?$/.exec(text ?? '') ?? [];
  if (count === undefined) throw new Error(`'${text}' is no interval such as 5m`);
  return Number(count) * units[unit as keyof typeof units];
}

type Macro = (args: readonly string[], time: DashboardTime) => string;

const instant = (at: Date): string => `'${at.toISOString().replace(/\.000Z$/, 'Z')}'`;

function column([name]: readonly string[]): string {
  if (name === undefined || name === '') throw new Error('a macro lacks its column');
  return name;
}

const group: Macro = (args) => {
  if (args.length < 2) throw new Error('$__timeGroup needs a column and an interval');
  const seconds = msOf(args[1]) / 1000;
  return `floor(extract(epoch from ${column(args)})/${seconds})*${seconds}`;
};

const sqlMacros: Readonly<Record<string, Macro>> = {
  time: (args) => `${column(args)} AS "time"`,
  timeEpoch: (args) => `extract(epoch from ${column(args)}) as "time"`,
  timeFilter: (args, { from, to }) => `${column(args)} BETWEEN ${instant(from)} AND ${instant(to)}`,
  timeFrom: (_, { from }) => instant(from),
  timeTo: (_, { to }) => instant(to),
  timeGroup: group,
  timeGroupAlias: (args, time) => `${group(args, time)} AS "time"`,
};
