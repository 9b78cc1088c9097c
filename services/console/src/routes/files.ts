import type { ReceptionOutcome } from '@envigate/contracts';
import { cursor } from '../cursor.ts';
import { Refusal, unknownOf, type BytesOperation, type JsonOperation } from '../operation.ts';
import type { ConsolePorts } from '../ports.ts';
import { optional, answerPage, readStation, readTimeRange } from '../request.ts';
import * as schema from '../schema.ts';
import {
  deliverySchema,
  showDelivery,
  fileFields,
  fileId,
  outcomes,
  quarantineSchema,
  receptionSchema,
  showQuarantined,
  showReception,
} from './rows.ts';

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
  properties: { fileId: { ...fileId, pattern: '^[0-9a-f]{64}$' } },
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

function placeOf([receivedAt, receptionId]: readonly [Date, string]) {
  return { receivedAt, receptionId };
}

function unknownFile(id: string): Refusal {
  return new Refusal('not-found', unknownOf('file', id));
}
