import { addCounts, noReceptions, type ReceptionCounts } from '@envigate/domain';
import type { LinkRange, SequencesOfSpool } from '../archived/archived-months.ts';
import { hexOf, type ReadColumn } from './csv.ts';

/**
 * Collects receptions in the order of their chains into ranges without a hole. A range also ends at the places of
 * `cuts`, so that what an audit noted there is known without the archive.
 */
export class LedgerRanges {
  readonly #cuts: ReadonlyMap<string, ReadonlySet<number>>;
  readonly #ranges: LinkRange[] = [];
  #range: { -readonly [Name in keyof LinkRange]: LinkRange[Name] } | undefined;

  constructor(cuts: ReadonlyMap<string, ReadonlySet<number>>) {
    this.#cuts = cuts;
  }

  /** `hashBefore` of a range is left open: only the ledger knows it. */
  add(read: ReadColumn): void {
    const chain = read('chain');
    const sequence = Number(read('chain_sequence'));
    const range = this.#range;
    const isNext = range?.chain === chain && range.to + 1 === sequence;
    const isCut = isNext && this.#cuts.get(chain)?.has(range.to) === true;
    const hash = hexOf(read('chain_hash'));
    const counts = countsOf(read);
    if (isNext && !isCut) {
      range.to = sequence;
      range.hashAfter = hash;
      range.counts = addCounts(range.counts, counts);
      return;
    }
    const hashBefore = isCut ? range.hashAfter : '';
    this.#close();
    this.#range = { chain, from: sequence, to: sequence, hashBefore, hashAfter: hash, counts };
  }

  end(): readonly LinkRange[] {
    this.#close();
    return this.#ranges;
  }

  #close(): void {
    if (this.#range !== undefined) this.#ranges.push(this.#range);
    this.#range = undefined;
  }
}

function countsOf(read: ReadColumn): ReceptionCounts {
  return {
    ...noReceptions,
    [read('outcome')]: 1,
    newReadings: Number(read('new_readings')),
    corrections: Number(read('corrections')),
    repeats: Number(read('repeats')),
    rejectedLines: Number(read('rejected_lines')),
  };
}

/**
 * Collects the sequences of spools into ranges. They come in the order of the chains, nearly ascending; each spool may
 * be in several chains.
 */
export class SpoolRanges {
  /** By spool: ranges by their first and by their last sequence, so that a new one joins both neighbours. */
  readonly #spools = new Map<
    string,
    { readonly first: Map<number, number>; readonly last: Map<number, number> }
  >();

  add(spoolId: string, sequence: number): void {
    const spool = this.#spools.get(spoolId) ?? {
      first: new Map<number, number>(),
      last: new Map<number, number>(),
    };
    this.#spools.set(spoolId, spool);
    const from = spool.last.get(sequence - 1) ?? sequence;
    const to = spool.first.get(sequence + 1) ?? sequence;
    spool.last.delete(sequence - 1);
    spool.first.delete(sequence + 1);
    spool.first.set(from, to);
    spool.last.set(to, from);
  }

  end(): readonly SequencesOfSpool[] {
    return [...this.#spools]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .flatMap(([spoolId, { first }]) =>
        [...first]
          .sort(([one], [other]) => one - other)
          .map(([from, to]) => ({ spoolId, from, to })),
      );
  }
}
