import { replaySpoolId } from './reception-marks.ts';

/** Sequence numbers of one spool: from and to inclusive. */
export interface SequenceRange {
  readonly from: number;
  readonly to: number;
}

/**
 * What was seen of one spool. The places are looked at in the order in which files travel (spool,
 * event log, ledger), so that a file on its way is met at least once and never falsely missed.
 */
export interface SpoolEvidence {
  readonly spoolId: string;
  /** The last sequence the spool gave out when the audit began. */
  readonly head: number;
  /** Sequences in the spool that were not yet handed over. */
  readonly inSpool: readonly SequenceRange[];
  /** Sequences met on the event log, ahead of the recorder. */
  readonly onEventLog: ReadonlySet<number>;
  /** Receptions in the ledger with a sequence up to head, by outcome. */
  readonly ledger: {
    readonly stored: number;
    readonly duplicate: number;
    readonly quarantined: number;
    readonly archived?: number;
  };
  /** Sequences up to head that the ledger lacks. */
  readonly missingInLedger: readonly SequenceRange[];
}

/**
 * receptions = stored + duplicates + quarantined + archived + inSpool + inFlight + unaccounted. A replay is a
 * reception too: its file was quarantined by one, and stored by another.
 */
export interface AuditReport {
  readonly receptions: number;
  /** Of the receptions, those that were replays. */
  readonly replayed: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly quarantined: number;
  /** In archives: their outcome is stated there. */
  readonly archived: number;
  readonly inSpool: number;
  readonly inFlight: number;
  readonly unaccounted: number;
  /** The sequences nobody has, per spool; empty in a sound system. */
  readonly lost: readonly { readonly spoolId: string; readonly ranges: readonly SequenceRange[] }[];
}

/** Puts every reception in exactly one place; promise 4: nothing disappears. */
export function accountForReceptions(evidence: readonly SpoolEvidence[]): AuditReport {
  const total = {
    receptions: 0,
    replayed: 0,
    stored: 0,
    duplicates: 0,
    quarantined: 0,
    archived: 0,
    inSpool: 0,
    inFlight: 0,
    unaccounted: 0,
  };
  const lost: { spoolId: string; ranges: SequenceRange[] }[] = [];
  for (const spool of evidence) {
    total.receptions += spool.head;
    if (spool.spoolId === replaySpoolId) total.replayed += spool.head;
    total.stored += spool.ledger.stored;
    total.duplicates += spool.ledger.duplicate;
    total.quarantined += spool.ledger.quarantined;
    total.archived += spool.ledger.archived ?? 0;
    const ranges: SequenceRange[] = [];
    for (const sequence of each(spool.missingInLedger)) {
      if (spool.inSpool.some(({ from, to }) => from <= sequence && sequence <= to))
        total.inSpool += 1;
      else if (spool.onEventLog.has(sequence)) total.inFlight += 1;
      else append(ranges, sequence);
    }
    if (ranges.length > 0) lost.push({ spoolId: spool.spoolId, ranges });
    total.unaccounted += ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  }
  return { ...total, lost };
}

function* each(ranges: readonly SequenceRange[]): Iterable<number> {
  for (const { from, to } of ranges)
    for (let sequence = from; sequence <= to; sequence++) yield sequence;
}

function append(ranges: SequenceRange[], sequence: number): void {
  const last = ranges.at(-1);
  if (last?.to === sequence - 1) ranges[ranges.length - 1] = { from: last.from, to: sequence };
  else ranges.push({ from: sequence, to: sequence });
}

/** What the record (the ledger, and what was kept because nobody could read it) has of a spool. */
export interface ReceptionRecord {
  /** Sequences from `from` to `to`, both inclusive, that it lacks; ascending. */
  missing(spoolId: string, from: number, to: number): Promise<readonly SequenceRange[]>;
  /** The last sequence that it has; 0 before the first. */
  last(spoolId: string): Promise<number>;
}
