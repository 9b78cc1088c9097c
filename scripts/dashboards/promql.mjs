// The few forms of PromQL that the pages use.

/** A metric of the gateway's processes. @type {(name: string, matchers?: string) => string} */
export const metric = (name, matchers = '') =>
  `${name}{job=~"$job"${matchers === '' ? '' : `, ${matchers}`}}`;

/** Per second. @type {(name: string, by?: string, matchers?: string) => string} */
export const rate = (name, by = '', matchers = '') =>
  `sum${by === '' ? '' : ` by (${by})`} (rate(${metric(name, matchers)}[$__rate_interval]))`;

/** @type {(name: string, by?: string, matchers?: string) => string} */
export const perMinute = (name, by = '', matchers = '') => `60 * ${rate(name, by, matchers)}`;

/** How many within the time that the page shows. @type {(name: string, by?: string, matchers?: string) => string} */
export const within = (name, by = '', matchers = '') =>
  `sum${by === '' ? '' : ` by (${by})`} (increase(${metric(name, matchers)}[$__range]))`;

/** @type {(share: number, name: string, by?: string, matchers?: string) => string} */
export const quantile = (share, name, by = '', matchers = '') =>
  `histogram_quantile(${share}, sum by (le${by === '' ? '' : `, ${by}`}) (rate(${metric(`${name}_bucket`, matchers)}[$__rate_interval])))`;
