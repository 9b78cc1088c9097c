import type { DeliveryState } from '@envigate/domain';
import { cursor } from '../cursor.ts';
import type { JsonOperation } from '../operation.ts';
import type { ConsolePorts } from '../ports.ts';
import { optional, readPage, readStation, readTimeRange } from '../request.ts';
import * as schema from '../schema.ts';
import { deliverySchema, deliveryStates } from './rows.ts';

const filters = schema.query({
  state: schema.oneOf('Where they stand.', deliveryStates),
  target: schema.text('Code of a target.'),
  station: schema.station,
  ...schema.timeRange('With data'),
  limit: schema.limit,
  after: schema.after,
});

const deliveryCursor = cursor('deliveries', ['integer']);

export function deliveryRoutes({ queries, registry }: ConsolePorts): JsonOperation[] {
  return [
    {
      path: '/api/v1/deliveries',
      operationId: 'listDeliveries',
      summary:
        'Deliveries to the ministry, latest due first · Các lần gửi về Bộ, đến hạn sau cùng trước',
      tag: 'deliveries',
      query: filters,
      response: schema.page(deliverySchema),
      async handle({ query }) {
        const filter = {
          state: optional<DeliveryState>(query, 'state'),
          target: optional<string>(query, 'target'),
          station: readStation(query, registry),
          ...readTimeRange(query),
        };
        return readPage(query, {
          cursor: deliveryCursor,
          read: ({ after, limit }) => queries.deliveries({ ...filter, limit, after: after?.[0] }),
          positionOf: ({ deliveryId }) => [deliveryId],
          show: (delivery) => delivery,
        });
      },
    },
  ];
}
