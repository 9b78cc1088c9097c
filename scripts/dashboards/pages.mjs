// The pages, in the order of the list in docs/operators/grafana.md.
import { delivery } from './delivery.mjs';
import { flow } from './flow.mjs';
import { gaps } from './gaps.mjs';
import { internals } from './internals.mjs';
import { quality } from './quality.mjs';
import { station } from './station.mjs';
import { stations } from './stations.mjs';

export const pages = [flow, stations, station, gaps, quality, delivery, internals];
