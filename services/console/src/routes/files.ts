import type { ListedReception, ReceptionOutcome } from '@envigate/contracts';
import {
  Refusal,
  unknownOf,
  type BytesOperation,
  type JsonOperation,
  type ConsolePorts,
} from '../api/operation.ts';
import { cursor, optional, answerPage, readStation, readTimeRange } from '../api/request.ts';
import * as schema from '../api/schema.ts';
import { deliverySchema, showDelivery } from './deliveries.ts';
import {
  inVietnamese,
  quarantineSchema,
  reasonText,
  showQuarantined,
  textsOf,
} from './quarantine.ts';

const outcomes = ['stored', 'duplicate', 'quarantined'] as const;

const fileFields = {
  fileId: schema.fileId,
  contentHash: schema.text('SHA-256 of the bytes, hexadecimal.'),
  account: schema.text('Account that sent it.'),
  name: schema.text('File name.'),
  station: schema.orNull(schema.text('Station it belongs to; null where none was found.')),
  size: schema.integer('Bytes.'),
  form: schema.orNull(
    schema.text(
      'How it was read: shape, separator, encoding, and the profile where one said so ("A5 tab utf-8"); null where it was not understood.',
    ),
  ),
};

const receptionSchema = schema.record('One arrival of one file: a row of the ledger.', {
  receptionId: schema.text('ULID of this arrival.'),
  ...fileFields,
  folder: schema.text("Folder below the account's root, as the logger named it."),
  receivedAt: schema.instant('When the bytes were safe on disk.'),
  recordedAt: schema.instant('When its readings could be read here.'),
  protocol: schema.text('The door it came through: ftp, ftps, sftp, pull or drop.'),
  peer: schema.text('Address of the sender.'),
  outcome: schema.oneOf('What became of it.', outcomes),
  newReadings: schema.integer('Readings that were not known before.'),
  corrections: schema.integer('Readings that replaced another value.'),
  repeats: schema.integer('Readings that were known with the same value.'),
  rejectedLines: schema.integer('Lines that were not understood; see the quarantine.'),
  notUnderstood: schema.list(
    'Why it, or lines of it, are in quarantine; each reason once, the most frequent first.',
    schema.record('A reason.', {
      reason: schema.text('Reason code.'),
      reasonText: reasonText(),
      rows: schema.integer(
        'Lines, among the newest 200 of the file; 1 where it is the whole file.',
      ),
      open: schema.integer('Of these, how many no replay has resolved.'),
      line: schema.orNull(
        schema.integer('The first such line, from 1; null where it is the whole file.'),
      ),
      expected: schema.text('What was expected there.'),
      expectedVi: inVietnamese('expected'),
    }),
  ),
  warnings: schema.list(
    'Odd things that changed nothing.',
    schema.record('A warning.', {
      code: schema.text('Reason code.'),
      detail: schema.text('What was seen.'),
      detailVi: inVietnamese('detail'),
      text: reasonText(),
    }),
  ),
});

const fileSchema = schema.record('A file and all that became of it.', {
  ...fileFields,
  state: schema.oneOf('Whether it was understood.', ['stored', 'quarantined']),
  dataFrom: schema.orNull(schema.instant('Its first reading; null where it has none.')),
  dataTo: schema.orNull(schema.instant('Its last reading; null where it has none.')),
  recordedAt: schema.instant('When it was first recorded.'),
  receptions: schema.list('Its arrivals, newest first, 1,000 at most.', receptionSchema),
  quarantine: schema.list('What was not understood of it, 1,000 at most.', quarantineSchema),
  deliveries: schema.list('Its deliveries, latest due first.', deliverySchema),
});

const params = {
  type: 'object',
  required: ['fileId'],
  properties: { fileId: { ...schema.fileId, pattern: '^[0-9a-f]{64}$' } },
};

const filters = schema.query({
  station: schema.station,
  account: schema.code('Account that sent them.'),
  name: schema.given('File name, or the beginning of one with * after it.', 256),
  outcome: schema.oneOf('What became of them.', outcomes),
  ...schema.timeRange('Received'),
  limit: schema.limit,
  after: schema.after,
});

const receptionCursor = cursor('files', ['instant', 'text']);

export function fileRoutes({
  queries,
  registry,
}: ConsolePorts): (JsonOperation | BytesOperation)[] {
  return [
    {
      path: '/api/v1/files',
      operationId: 'listFiles',
      summary: 'Receptions of files, newest first · Các lượt nhận tệp, mới nhất trước',
      tag: 'files',
      query: filters,
      response: schema.page(receptionSchema),
      async handle({ query }) {
        const filter = {
          station: readStation(query, registry),
          account: optional<string>(query, 'account'),
          name: optional<string>(query, 'name'),
          outcome: optional<ReceptionOutcome>(query, 'outcome'),
          ...readTimeRange(query),
        };
        return answerPage(query, {
          cursor: receptionCursor,
          read: ({ after, limit }) =>
            queries.receptions({ ...filter, limit, after: after && placeOf(after) }),
          positionOf: ({ receivedAt, receptionId }) => [receivedAt, receptionId],
          show: showReception,
        });
      },
    },
    {
      path: '/api/v1/files/{fileId}',
      operationId: 'getFile',
      summary: 'A file and all that became of it · Một tệp và toàn bộ quá trình xử lý',
      tag: 'files',
      params,
      response: fileSchema,
      async handle(request) {
        const file = await queries.file(request.params['fileId'] as string);
        if (file === undefined) throw unknownFile(request.params['fileId'] as string);
        return {
          ...file,
          receptions: file.receptions.map(showReception),
          quarantine: file.quarantine.map(showQuarantined),
          deliveries: file.deliveries.map((delivery) => showDelivery(delivery, registry)),
        };
      },
    },
    {
      path: '/api/v1/files/{fileId}/content',
      operationId: 'getFileContent',
      summary: 'The original, byte for byte · Tệp gốc, đúng từng byte',
      tag: 'files',
      params,
      response: 'bytes',
      async handle(request) {
        const original = await queries.original(request.params['fileId'] as string);
        if (original === undefined) throw unknownFile(request.params['fileId'] as string);
        return original;
      },
    },
  ];
}

function showReception({ notUnderstood, warnings, ...reception }: ListedReception) {
  return {
    ...reception,
    notUnderstood: notUnderstood.map((why) => ({ ...why, reasonText: textsOf(why.reason) })),
    warnings: warnings.map((warning) => ({ ...warning, text: textsOf(warning.code) })),
  };
}

function placeOf([receivedAt, receptionId]: readonly [Date, string]) {
  return { receivedAt, receptionId };
}

function unknownFile(id: string): Refusal {
  return new Refusal('not-found', unknownOf('file', id));
}
