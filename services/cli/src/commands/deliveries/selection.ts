import type { DeliveryFilter, DeliveryState } from '@envigate/contracts';
import { readChoice, readTimeRange, type TimeRangeOptions } from '../../options.ts';

export interface SelectionOptions extends TimeRangeOptions {
  readonly target?: string;
  readonly station?: string;
  readonly state?: string;
}

const states: readonly DeliveryState[] = ['due', 'sent', 'refused', 'set-aside', 'withheld'];

/** Throws where an option has no sense; the text says what would have. */
export function readSelection({
  target,
  station,
  ...options
}: SelectionOptions): Pick<DeliveryFilter, 'target' | 'station' | 'state' | 'from' | 'to'> {
  const state = readChoice('state', options.state, states);
  return { target, station, state, ...readTimeRange(options) };
}
