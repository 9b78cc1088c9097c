import type { LatestReception, Overview } from '@envigate/contracts';
import { labelOf, officersNumber, officersTime, receptionOutcomeLabels } from '@envigate/domain';

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

/** First line of the picture. */
export function titleOf(layout: 'one-process' | 'process-per-service'): string {
  const [vi, en] =
    layout === 'one-process'
      ? ['một tiến trình', 'one process, embedded event log']
      : ['mỗi dịch vụ một tiến trình', 'a process per service, Kafka'];
  return `Envigate: ${vi} · ${en}; 24 giờ · last 24 hours`;
}

/** The picture of the flow as lines of text, Vietnamese first. Pure. */
export function renderFlow(
  header: FlowHeader,
  overview: ShownOverview,
  width: number,
): readonly string[] {
  const { receptions, deliveries, latency } = overview;
  const total = receptions.stored + receptions.duplicates + receptions.quarantined;
  const box = (label: string, value: string): string => `${label.padEnd(48)}${value}`;
  const lines = [
    header.title,
    '─'.repeat(Math.min(width, 100)),
    box('lượt nhận tệp · files received', count(total)),
    box('  trong 1 phút qua · in the last minute', count(overview.filesPerMinute)),
    box(`  ${labelOf(receptionOutcomeLabels, 'stored')}`, count(receptions.stored)),
    box(`  ${labelOf(receptionOutcomeLabels, 'duplicate')}`, count(receptions.duplicates)),
    box(`  ${labelOf(receptionOutcomeLabels, 'quarantined')}`, count(receptions.quarantined)),
    box('giá trị đo mới · new readings', count(overview.readings)),
    box('  giá trị thay thế · corrected', count(overview.corrections)),
    box('đã truyền về Bộ · delivered to the ministry', count(deliveries.sent)),
    box('  chờ truyền · due', count(deliveries.due)),
    box('  bị từ chối · refused', count(deliveries.refused)),
    box('trạm đang gián đoạn · open gaps', count(overview.openGaps)),
    box('từ khi nhận đến khi tra cứu được · queryable', percentiles(latency.queryable)),
    box('từ khi nhận đến khi Bộ xác nhận · receipt', percentiles(latency.receipt)),
    '',
    'tệp mới nhất (giờ Việt Nam) · latest files (UTC+7)',
    ...overview.latest.map(
      (file) =>
        `  ${timeOfDay(file.receivedAt)} ${labelOf(receptionOutcomeLabels, file.outcome).padEnd(23)}${file.name}${file.detail === '' ? '' : `  (${file.detail})`}`,
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
    `tệp · files ${count(total)} (trùng · duplicates ${count(receptions.duplicates)}, cách ly · quarantined ${count(receptions.quarantined)})`,
    `giá trị · readings ${count(readings)}`,
    `đã truyền · delivered ${count(deliveries.sent)} (chờ · due ${count(deliveries.due)})`,
    `gián đoạn · open gaps ${count(openGaps)}`,
    `226→tra cứu · queryable ${percentiles(latency.queryable)}`,
    `226→xác nhận · receipt ${percentiles(latency.receipt)}`,
  ].join(' | ');
}

const count = officersNumber;

function timeOfDay(instant: string): string {
  return officersTime(new Date(instant), { withSeconds: true }).slice(-'00:00:00'.length);
}

function percentiles({ p50, p99 }: { p50: number | null; p99: number | null }): string {
  return p50 === null || p99 === null ? '–' : `p50 ${seconds(p50)}, p99 ${seconds(p99)}`;
}

function seconds(value: number): string {
  return value < 1 ? `${Math.round(value * 1000)} ms` : `${officersNumber(value)} s`;
}
