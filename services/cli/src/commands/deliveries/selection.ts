import type { DeliveryFilter, DeliveryState } from '@envigate/contracts';
import { readTime } from '../../options.ts';

export interface SelectionOptions {
  readonly target?: string;
  readonly station?: string;
  readonly state?: string;
  readonly from?: string;
  readonly to?: string;
}

const states: readonly DeliveryState[] = ['due', 'sent', 'refused', 'set-aside', 'withheld'];

/** Throws where an option has no sense; the text says what would have. */
export function readSelection({
  target,
  station,
  ...options
}: SelectionOptions): Pick<DeliveryFilter, 'target' | 'station' | 'state' | 'from' | 'to'> {
  const state = states.find((known) => known === options.state);
  if (options.state !== undefined && state === undefined)
    throw new Error(`--state must be one of ${states.join(', ')}, not '${options.state}'`);
  const [from, to] = [readTime('from', options.from), readTime('to', options.to)];
  return { target, station, state, from, to };
}
