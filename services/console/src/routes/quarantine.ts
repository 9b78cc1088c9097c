import { reasons, type Reason } from '@envigate/domain';
import { cursor } from '../cursor.ts';
import type { JsonOperation } from '../operation.ts';
import type { ConsolePorts } from '../ports.ts';
import { optional, readPage, readStation, readTimeRange } from '../request.ts';
import * as schema from '../schema.ts';
import { quarantineSchema, scopes, showQuarantined } from './rows.ts';

const quarantineReasons = Object.entries<Reason>(reasons)
  .filter(([, { scope }]) => scope === 'file' || scope === 'line')
  .map(([code]) => code);

const filters = schema.query({
  station: schema.station,
  account: schema.text('Account that sent them.'),
  scope: schema.oneOf('Whole files or single lines only.', scopes),
  reason: schema.oneOf('Reason code.', quarantineReasons),
  ...schema.timeRange('Put into quarantine'),
  limit: schema.limit,
  after: schema.after,
});

const quarantineCursor = cursor('quarantine', ['integer']);

export function quarantineRoutes({ queries, registry }: ConsolePorts): JsonOperation[] {
  return [
    {
      path: '/api/v1/quarantine',
      operationId: 'listQuarantine',
      summary:
        'Files and lines that were not understood, newest first · Tệp và dòng bị cách ly, mới nhất trước',
      tag: 'quarantine',
      query: filters,
      response: schema.page(quarantineSchema),
      async handle({ query }) {
        const filter = {
          station: readStation(query, registry),
          account: optional<string>(query, 'account'),
          scope: optional<'file' | 'line'>(query, 'scope'),
          reason: optional<string>(query, 'reason'),
          ...readTimeRange(query),
        };
        return readPage(query, {
          cursor: quarantineCursor,
          read: ({ after, limit }) => queries.quarantine({ ...filter, limit, after: after?.[0] }),
          positionOf: ({ quarantineId }) => [quarantineId],
          show: showQuarantined,
        });
      },
    },
  ];
}
