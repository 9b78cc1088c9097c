/** A place in a chain of the ledger; sequences are chain_sequence. */
export interface LedgerPlace {
  readonly chain: string;
  readonly sequence: number;
  readonly receptionId: string;
}

/** What is wrong with an archived month, as far as the database knows. */
export interface ArchivedFault {
  readonly kind: 'archive';
  readonly month: string;
  readonly what:
    /** The ledger does not go on where the archive ends, or begins elsewhere. */
    | 'not-joined'
    /** It was changed here since it was archived, or put in. */
    | 'changed'
    /** The archive on disk is not the one that was made, or has faults. */
    | 'differs';
  readonly chain?: string;
  readonly sequence?: number;
  /** What is wrong on disk. */
  readonly detail?: string;
}

/** What is wrong with the links of a chain. */
export type LedgerFault =
  /** Rows are gone, or were put in. */
  | {
      readonly kind: 'sequence';
      readonly chain: string;
      readonly expected: number;
      readonly found: number;
    }
  /** A row, its file's name or hashes, or a link before it was changed. */
  | ({ readonly kind: 'changed' } & LedgerPlace)
  /** The chain ends elsewhere than its head says: the end was cut off or added to. */
  | {
      readonly kind: 'end';
      readonly chain: string;
      readonly expected: number;
      readonly found: number;
    }
  | (ArchivedFault & { readonly chain: string; readonly sequence: number })
  /** The bytes of an original no longer have their SHA-256. */
  | ({ readonly kind: 'original' } & LedgerPlace);

/** Where a row refers to a file that is not there. */
export type FileReference = 'readings' | 'reading_revisions' | 'quarantine' | 'deliveries';

/** Files and `file_keys` do not agree. */
export type FileKeyFault = {
  readonly kind: 'file-key';
  readonly fileNo: number;
  /** Hexadecimal. */
  readonly fileId: string;
} & (
  | {
      /** `missing`: a file has no key. `extra`: a key with no file, or besides the one that its file has. */
      readonly what: 'missing' | 'extra';
    }
  /** The key of a file has the number of another. */
  | { readonly what: 'wrong'; readonly keyedNo: number }
);

/** What is wrong with the record. Each names the item. */
export type AuditFault =
  | LedgerFault
  | FileKeyFault
  /** The file of a reception is gone, with its original. */
  | ({ readonly kind: 'original-gone'; readonly fileNo: number } & LedgerPlace)
  /** The reception ended in quarantine, or lines of it did, and no row there says why. */
  | ({ readonly kind: 'reason-gone'; readonly fileNo: number } & LedgerPlace)
  /** Fewer readings are kept of a file than the ledger says that it brought. */
  | ({
      readonly kind: 'readings-gone';
      readonly fileNo: number;
      readonly expected: number;
      readonly found: number;
    } & LedgerPlace)
  /** The number of a reading is not the one that its raw text says, or its file does not have that text. */
  | {
      readonly kind: 'value';
      readonly station: string;
      readonly parameter: string;
      /** ISO 8601. */
      readonly instant: string;
      readonly revision: number;
      readonly fileNo: number;
      readonly value: number | null;
      readonly rawValue: string;
    }
  /** A row names a file that is not there. */
  | {
      readonly kind: 'file-gone';
      readonly table: FileReference;
      readonly item: string;
      readonly fileNo: number;
    }
  /** A checkpoint was changed or removed, or the record is not as it was when it was made. */
  | {
      readonly kind: 'checkpoint';
      readonly checkpoint: number;
      readonly what: 'changed' | 'gone' | 'end' | 'differs';
      readonly subject: string | null;
    }
  | ArchivedFault
  /** A sequence of a spool is in the ledger more than once. */
  | { readonly kind: 'doubled'; readonly spoolId: string; readonly sequence: number }
  /** The record does not have the head of a chain that was noted earlier. */
  | {
      readonly kind: 'head';
      readonly chain: string;
      readonly sequence: number;
      /** archived: it lies within an archived month, and the archive was not given. */
      readonly what: 'gone' | 'differs' | 'archived';
    };

/** A fault, and the reception of the chain with which it was found. */
export interface PlacedFault {
  readonly sequence: number;
  readonly fault: AuditFault;
}

/** The first of the faults that were found, and how many there are: a ruined table has millions. */
export interface Faults {
  readonly list: readonly AuditFault[];
  readonly count: number;
}

export const noFaults: Faults = { list: [], count: 0 };
const mostListed = 1_000;

/** Those of two parts of an audit. */
export function joinFaults(faults: Faults, more: Faults): Faults {
  const { list, count } = addFaults(faults, more.list);
  return { list, count: count + more.count - more.list.length };
}

export function addFaults(faults: Faults, found: readonly AuditFault[]): Faults {
  if (found.length === 0) return faults;
  const list = [...faults.list, ...found.slice(0, mostListed - faults.list.length)];
  return { list, count: faults.count + found.length };
}
