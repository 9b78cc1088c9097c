import type { ListedDelivery, ListedReception, QuarantinedItem } from '@envigate/contracts';
import { reasonOf, waitsFor, type RegistrySource } from '@envigate/domain';
import { boolean, instant, integer, list, oneOf, orNull, record, text } from '../schema.ts';

/** Rows that more than one resource shows: their schema, and what of them is shown. */

export const fileId = text('SHA-256 of account, folder, name and bytes, hexadecimal.');
const contentHash = text('SHA-256 of the bytes, hexadecimal.');

export const outcomes = ['stored', 'duplicate', 'quarantined'] as const;
export const deliveryStates = ['due', 'sent', 'refused', 'set-aside', 'withheld'] as const;
export const scopes = ['file', 'line'] as const;

export const fileFields = {
  fileId,
  contentHash,
  account: text('Account that sent it.'),
  name: text('File name.'),
  station: orNull(text('Station it belongs to; null where none was found.')),
  size: integer('Bytes.'),
  form: orNull(
    text(
      'How it was read: shape, separator, encoding, and the profile where one said so ("A5 tab utf-8"); null where it was not understood.',
    ),
  ),
};

/** What another field says, in Vietnamese. */
function inVietnamese(field: string) {
  return orNull(
    text(`\`${field}\` in Vietnamese; null where an earlier version recorded words alone.`),
  );
}

export const receptionSchema = record('One arrival of one file: a row of the ledger.', {
  receptionId: text('ULID of this arrival.'),
  ...fileFields,
  folder: text("Folder below the account's root, as the logger named it."),
  receivedAt: instant('When the bytes were safe on disk.'),
  recordedAt: instant('When its readings could be read here.'),
  protocol: text('The door it came through: ftp, ftps, sftp, pull or drop.'),
  peer: text('Address of the sender.'),
  outcome: oneOf('What became of it.', outcomes),
  newReadings: integer('Readings that were not known before.'),
  corrections: integer('Readings that replaced another value.'),
  repeats: integer('Readings that were known with the same value.'),
  rejectedLines: integer('Lines that were not understood; see the quarantine.'),
  notUnderstood: list(
    'Why it, or lines of it, are in quarantine; each reason once, the most frequent first.',
    record('A reason.', {
      reason: text('Reason code.'),
      reasonText: reasonText(),
      rows: integer('Lines, among the newest 200 of the file; 1 where it is the whole file.'),
      open: integer('Of these, how many no replay has resolved.'),
      line: orNull(integer('The first such line, from 1; null where it is the whole file.')),
      expected: text('What was expected there.'),
      expectedVi: inVietnamese('expected'),
    }),
  ),
  warnings: list(
    'Odd things that changed nothing.',
    record('A warning.', {
      code: text('Reason code.'),
      detail: text('What was seen.'),
      detailVi: inVietnamese('detail'),
      text: reasonText(),
    }),
  ),
});

export function showReception({ notUnderstood, warnings, ...reception }: ListedReception) {
  return {
    ...reception,
    notUnderstood: notUnderstood.map((why) => ({ ...why, reasonText: textsOf(why.reason) })),
    warnings: warnings.map((warning) => ({ ...warning, text: textsOf(warning.code) })),
  };
}

export const quarantineFields = {
  quarantineId: integer('Number of this row.'),
  receptionId: text('The arrival that brought it.'),
  fileId,
  fileName: text('Name of its file.'),
  account: text('Account that sent it.'),
  station: orNull(text('Station it belongs to; null where none was found.')),
  scope: oneOf('Whether it is the whole file or one line of it.', scopes),
  reason: text('Reason code.'),
  reasonText: reasonText(),
  line: orNull(integer('Line in the file, from 1; null where it is the whole file.')),
  column: orNull(integer('Column of the fault, from 1; null where it is the whole file.')),
  expected: text('What was expected there.'),
  expectedVi: inVietnamese('expected'),
  text: text('The line as it was sent; empty where it is the whole file.'),
  quarantinedAt: instant('When it was put here.'),
  resolvedAt: orNull(instant('When it was resolved; null while it is open.')),
  resolvedBy: orNull(
    text(
      'The reception of the replay that resolved it, or who discarded it; null while it is open.',
    ),
  ),
  resolution: orNull(
    oneOf(
      'understood; other-reason: still not, for which there is another row; discarded: a person decided so; null while it is open.',
      ['understood', 'other-reason', 'discarded'],
    ),
  ),
};

export const quarantineSchema = record(
  'A file or a line that was not understood.',
  quarantineFields,
);

export function showQuarantined(item: QuarantinedItem) {
  return { ...item, reasonText: textsOf(item.reason) };
}

export const deliverySchema = record(
  'One moment of a station on its way to one target of the ministry.',
  {
    deliveryId: integer('Number of the delivery.'),
    target: text('Code of the target.'),
    station: text('Code of the station.'),
    fileId,
    moreFileIds: list('Further files whose rows it has.', fileId),
    fileName: text('Name under which the ministry gets it.'),
    size: integer('Bytes of what is sent.'),
    dataInstant: instant('Time of its data; a station is delivered in this order.'),
    receivedAt: instant('When the file was received.'),
    state: oneOf('Its state.', deliveryStates),
    attempts: integer('Attempts begun.'),
    inDoubt: boolean(
      'True where an attempt ended without an answer: the ministry may have it. With state sent: it answered to the repeat that it has the file, and nobody could compare the bytes.',
    ),
    resend: boolean('True where it was sent again after an attempt without an answer.'),
    dueAt: instant('When it fell due.'),
    endedAt: orNull(
      instant('When it was sent, refused, set aside or withheld; null while it is due.'),
    ),
    withdrawnAt: orNull(
      instant(
        'Since when the record says nothing more of it, although the ministry has it; null else.',
      ),
    ),
    receipt: orNull(text("The ministry's receipt; null while there is none.")),
    failureCode: orNull(
      integer(
        'Of the last failure: 2 không kết nối được · cannot connect, 3 lỗi truyền tệp · transmission error, 4 sai định dạng · invalid format, 5 tệp rỗng · empty file; null where none failed.',
      ),
    ),
    failure: orNull(text('The last failure in words; null where none failed.')),
    waitsFor: orNull(
      oneOf(
        'Of what is due: the registry has disabled its target (target-disabled), or does not know it (target-unknown), so that nothing is sent until that changes or somebody skips it; null else.',
        ['target-disabled', 'target-unknown'],
      ),
    ),
    decision: orNull(
      record('What a person decided about it last; null for nothing.', {
        decision: oneOf('What.', ['retry', 'skip']),
        actor: text('Who.'),
        note: text('Why.'),
        decidedAt: instant('When.'),
      }),
    ),
  },
);

export function showDelivery(delivery: ListedDelivery, registry: RegistrySource) {
  return { ...delivery, waitsFor: waitsFor(delivery, registry.current()) ?? null };
}

export function reasonText() {
  return orNull(
    record('The reason in words; null where this version does not know the code.', {
      en: text('In English.'),
      vi: text('In Vietnamese.'),
    }),
  );
}

export function textsOf(code: string): { en: string; vi: string } | null {
  const reason = reasonOf(code);
  return reason === undefined ? null : { en: reason.en, vi: reason.vi };
}
