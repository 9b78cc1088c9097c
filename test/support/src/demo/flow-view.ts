import type { LatestReception, Overview } from '@envigate/contracts';

/** What the console's /api/v1/overview answers: the overview as JSON, with its times as texts. */
export type ShownOverview = Omit<Overview, 'latest'> & {
  readonly latest: readonly (Omit<LatestReception, 'receivedAt'> & {
    readonly receivedAt: string;
  })[];
};

export interface FlowHeader {
  readonly title: string;
  readonly hints: readonly string[];
}

/** The picture of the flow as lines of text. Pure. */
export function renderFlow(
  header: FlowHeader,
  overview: ShownOverview,
  width: number,
): readonly string[] {
  const { receptions, deliveries, latency } = overview;
  const total = receptions.stored + receptions.duplicates + receptions.quarantined;
  const box = (label: string, value: string): string => `${label.padEnd(24)}${value}`;
  const lines = [
    header.title,
    '─'.repeat(Math.min(width, 100)),
    box('files received', `${count(total)}   (${overview.filesPerMinute} in the last minute)`),
    box('  stored', count(receptions.stored)),
    box('  duplicates', count(receptions.duplicates)),
    box('  quarantined', count(receptions.quarantined)),
    box('readings', `${count(overview.readings)}   (${count(overview.corrections)} corrected)`),
    box(
      'delivered to ministry',
      `${count(deliveries.sent)}   (${count(deliveries.due)} due, ${count(deliveries.refused)} refused)`,
    ),
    box('open gaps', count(overview.openGaps)),
    box('226 → queryable', percentiles(latency.queryable)),
    box('226 → receipt', percentiles(latency.receipt)),
    '',
    'latest files',
    ...overview.latest.map(
      (file) =>
        `  ${file.receivedAt.slice(11, 19)} ${file.outcome.padEnd(12)}${file.name}${file.detail === '' ? '' : `  (${file.detail})`}`,
    ),
    '',
  ].map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line));
  // A command that is cut could not be pasted; the terminal wraps it.
  return [...lines, ...header.hints];
}

/** One line for terminals that cannot be redrawn (a pipe, a log). Pure. */
export function renderLine({
  receptions,
  readings,
  deliveries,
  openGaps,
  latency,
}: ShownOverview): string {
  const total = receptions.stored + receptions.duplicates + receptions.quarantined;
  return [
    `files ${count(total)} (${count(receptions.duplicates)} duplicates, ${count(receptions.quarantined)} quarantined)`,
    `readings ${count(readings)}`,
    `delivered ${count(deliveries.sent)} (${count(deliveries.due)} due)`,
    `open gaps ${count(openGaps)}`,
    `226→queryable ${percentiles(latency.queryable)}`,
    `226→receipt ${percentiles(latency.receipt)}`,
  ].join(' · ');
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function percentiles({ p50, p99 }: { p50: number | null; p99: number | null }): string {
  return p50 === null || p99 === null ? '–' : `p50 ${seconds(p50)}, p99 ${seconds(p99)}`;
}

function seconds(value: number): string {
  return value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(1)} s`;
}
