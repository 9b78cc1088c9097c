// deploy/grafana/dashboards: Grafana's classic JSON, which 11, 12 and 13 provision from files, made of the pages
// of scripts/dashboards by Grafana's own builders. Run after `tsc -b`: the words for codes are the domain's.
import { join } from 'node:path';
import { pages } from './dashboards/pages.mjs';
import { root } from './run.mjs';

/** Path → text. */
export function dashboards() {
  return new Map(
    pages.map((page) => {
      const dashboard = page();
      const name = `${dashboard.uid.replace(/^envigate-/, '')}.json`;
      return [
        join(root, 'deploy/grafana/dashboards', name),
        `${JSON.stringify(dashboard, undefined, 2)}\n`,
      ];
    }),
  );
}
