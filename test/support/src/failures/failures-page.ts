import type { Dependency } from './dependencies.ts';
import type { MetricsAnswers } from './watch-metrics.ts';

/** What was seen while one dependency was away. */
export interface SeenFailure {
  readonly dependency: Pick<Dependency, 'name' | 'fault' | 'expected'>;
  /** Seconds from the fault to each alert that fired, in the order in which they did, in the faster time. */
  readonly fired: ReadonlyMap<string, number>;
  /** Seconds from the mending until no alert but the watchdog fired, in the faster time; undefined: one still does. */
  readonly resolvedAfter: number | undefined;
  readonly metrics: MetricsAnswers;
}

const inMinutes = (seconds: number, factor: number): string => {
  const minutes = (seconds * factor) / 60;
  return minutes < 1 ? '< 1 phút · min' : `${Math.round(minutes)} phút · min`;
};

/** docs/operators/failures.md */
export function failuresPage(seen: readonly SeenFailure[], factor: number, day: string): string {
  const rows = seen.map(({ dependency: { name, fault }, fired, resolvedAfter, metrics }) => {
    const alerts = [...fired].map(
      ([alert, seconds]) =>
        `[${alert}](alerts.md#${alert.toLowerCase()}) ${inMinutes(seconds, factor)}`,
    );
    const answered = metrics.asked - metrics.unanswered.length;
    return [
      name.vi === name.en ? name.vi : `${name.vi} · ${name.en}`,
      fault,
      alerts.join('<br>') || '–',
      resolvedAfter === undefined ? '–' : inMinutes(resolvedAfter, factor),
      `${answered} / ${metrics.asked}`,
    ];
  });
  const head = [
    'Mất · Away',
    'Cách tạo sự cố · What was done',
    'Cảnh báo sau · Alert after',
    'Hết sau · Over after',
    '`/metrics` trả lời · answered',
  ];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return `<!-- Written by \`make failures\`. -->

# What each failure looks like / Biểu hiện của từng sự cố

_Mỗi sự cố được tạo thật với các dịch vụ, Prometheus và các quy tắc cảnh báo được cung cấp. Thời gian là thời gian thực tế,
tính từ lần chạy nhanh gấp ${factor} lần._

Each failure was made for real, on ${day}, by \`make failures\`: a process for each service, a real PostgreSQL, Kafka and
Prometheus with the rules of \`deploy/prometheus/alerts\`. The run is ${factor} times as fast: \`for\`, ranges and limits of ages in
the rules are divided by ${factor}, and so are the gateway's own pauses; times here are those of a real deployment again. "Over" is when
no alert fires any more after it was mended. One fault follows another: files begin to come with the first, so that
EnvigateNothingReceived fires there for the time before; deliveries that waited through faults before are older, so that
EnvigateDeliveriesAgeing comes earlier than 75 minutes.

${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}

Files were sent over FTP and SFTP all the while. What happens to them: [run](run.md#what-happens-when---khi-có-sự-cố).
`;
}
