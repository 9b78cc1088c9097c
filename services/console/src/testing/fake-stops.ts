import type { Page } from '@envigate/contracts';
import {
  applyStopChange,
  type EnteredStop,
  objectionToStop,
  overlapping,
  type PlannedStopDesk,
  type RecordedStop,
  type RegistryView,
  type StopChange,
  type StopEntry,
  type StopFilter,
  type StopOutcome,
} from '@envigate/domain';
import type { Clock } from '@envigate/runtime';
import { at } from './rows.ts';

const stop: RecordedStop = {
  stopId: 1,
  version: 1,
  scope: { kind: 'station', code: 'NUOSXL' },
  parameters: ['pH'],
  from: at('12:00:00'),
  to: at('22:00:00'),
  expectedRestart: at('23:00:00'),
  reason: 'maintenance',
  words: 'thay đầu đo',
  isCancelled: false,
  actor: 'chị Lan',
  note: '',
  recordedAt: at('11:00:00'),
};

/** Planned stops in memory. */
export class FakeStops implements PlannedStopDesk {
  /** Every version, the oldest first. */
  readonly kept: RecordedStop[] = [
    stop,
    { ...stop, stopId: 2, scope: { kind: 'facility', code: 'CAPH' } },
  ];
  asked: StopFilter | undefined;
  readonly #view: RegistryView;
  readonly #clock: Clock;

  constructor(view: RegistryView, clock: Clock) {
    this.#view = view;
    this.#clock = clock;
  }

  async enter(entry: StopEntry, actor: string): Promise<EnteredStop> {
    const reason = objectionToStop(entry, this.#view, this.#clock());
    if (reason !== undefined) return { kind: 'refused', reason };
    const stopId = this.#newest().length + 1;
    return this.#keep({ ...entry, stopId, version: 1, isCancelled: false, actor, note: '' });
  }

  async change(
    stopId: number,
    change: StopChange,
    actor: string,
    note: string,
  ): Promise<StopOutcome> {
    const before = this.#newest().find((stop) => stop.stopId === stopId);
    if (before === undefined) return { kind: 'not-found' };
    const changed = applyStopChange(before, change);
    if ('vi' in changed) return { kind: 'refused', reason: changed };
    return this.#keep({ ...changed, stopId, version: before.version + 1, actor, note });
  }

  async list(filter: StopFilter): Promise<Page<RecordedStop, number>> {
    this.asked = filter;
    const rows = this.#newest()
      .filter(({ isCancelled }) => filter.withCancelled || !isCancelled)
      .filter(({ stopId }) => stopId < (filter.after ?? Infinity))
      .sort((a, b) => b.stopId - a.stopId);
    const page = rows.slice(0, filter.limit);
    return { rows: page, next: rows.length > filter.limit ? page.at(-1)?.stopId : undefined };
  }

  async versions(stopId: number): Promise<readonly RecordedStop[]> {
    return this.kept.filter((stop) => stop.stopId === stopId).reverse();
  }

  async during(): Promise<readonly RecordedStop[]> {
    return this.#newest().filter(({ isCancelled }) => !isCancelled);
  }

  #newest(): RecordedStop[] {
    return [...new Map(this.kept.map((stop) => [stop.stopId, stop])).values()];
  }

  #keep(version: Omit<RecordedStop, 'recordedAt'>): EnteredStop {
    const stop = { ...version, recordedAt: this.#clock() };
    const overlaps = overlapping(stop, this.#newest(), this.#view);
    this.kept.push(stop);
    return { kind: 'recorded', stop, overlaps };
  }
}
