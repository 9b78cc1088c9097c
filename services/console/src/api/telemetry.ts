import { event, latencyBuckets } from '@envigate/runtime';

export const events = {
  'console-listening': event<{ url: string }>({
    level: 'info',
    message: 'console listening',
  }),
  'answers-listening': event<{ url: string }>({
    level: 'info',
    message: 'answer page listening',
  }),
  'answer-recorded': event<{
    code: string;
    notice: string;
    stations: string;
    cause: string;
    letters: number;
  }>({
    level: 'info',
    audit: true,
    message: 'answer of a facility recorded',
  }),
  'answer-link-closed': event<{ why: string }>({
    level: 'debug',
    message: 'answer link refused',
  }),
  'answer-visits-limited': event<{ address: string }>({
    level: 'warn',
    message: 'too many requests to the answer page from one address or through one link',
  }),
  // Decisions, with who made them.
  'gap-entry-recorded': event<{
    gapId: number;
    station: string;
    entryId: number;
    entry: string;
    actor: string;
    note: string;
  }>({
    level: 'info',
    audit: true,
    message: 'entry in the record of a gap',
  }),
  'pending-station-accepted': event<{
    account: string;
    prefix: string;
    station: string;
    actor: string;
  }>({
    level: 'info',
    audit: true,
    message: 'pending station accepted',
  }),
  'pending-station-dismissed': event<{
    account: string;
    prefix: string;
    actor: string;
    note: string;
  }>({
    level: 'info',
    audit: true,
    message: 'pending station dismissed',
  }),
  'replay-asked-for': event<{
    batch: string;
    files: number;
    actor: string;
    station: string;
    profile: string;
    asWhole: boolean;
  }>({
    level: 'info',
    audit: true,
    message: 'replay of recorded files asked for',
  }),
  'held-files-discarded': event<{ rows: string; actor: string; note: string }>({
    level: 'info',
    audit: true,
    message: 'files held for a decision were discarded',
  }),
  'reread-asked-for': event<{
    batch: string;
    files: number;
    actor: string;
    station: string;
    from: string;
    to: string;
    by: string;
  }>({
    level: 'info',
    audit: true,
    message: 'stored files are to be read again',
  }),
  'deliveries-decided': event<{
    decision: 'retry' | 'skip';
    deliveries: number;
    declined: number;
    actor: string;
    note: string;
    select: string;
  }>({
    level: 'info',
    audit: true,
    message: 'a person decided about deliveries',
  }),
  'planned-stop-recorded': event<{
    stopId: number;
    version: number;
    change: 'enter' | 'correct' | 'end' | 'cancel';
    scope: string;
    from: string;
    to: string;
    reason: string;
    actor: string;
    note: string;
  }>({
    level: 'info',
    audit: true,
    message: 'planned stop entered or changed',
  }),
  'gap-attributed': event<{
    jointId: number | null;
    stations: number;
    verdict: 'ours' | 'theirs';
    actor: string;
    note: string;
  }>({
    level: 'info',
    audit: true,
    message: 'a person decided whose fault gaps were',
  }),
  'symbol-mapped': event<{ station: string; symbol: string; parameter: string; actor: string }>({
    level: 'info',
    audit: true,
    message: 'unknown symbol mapped to a parameter',
  }),
  'question-answered': event<{
    operation: string;
    outcome: 'answered' | 'refused' | 'failed';
    seconds: number;
  }>({
    level: 'debug',
    message: 'question answered',
    counters: [
      {
        name: 'envigate_console_questions_total',
        help: 'Questions to the console by operation and how they ended.',
        labels: ['operation', 'outcome'],
      },
    ],
    histograms: [
      {
        name: 'envigate_console_answer_seconds',
        help: 'Time from a question to its answer.',
        labels: ['operation'],
        buckets: latencyBuckets,
        value: ({ seconds }) => seconds,
      },
    ],
  }),
};
