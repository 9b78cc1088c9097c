import type { DeliveryState } from '@envigate/contracts';
import type { DeliveryDecision } from '@envigate/domain';
import { cursor } from '../cursor.ts';
import { Refusal, type JsonOperation } from '../operation.ts';
import type { ConsolePorts } from '../ports.ts';
import { optional, answerPage, readStation, readTimeRange } from '../request.ts';
import * as schema from '../schema.ts';
import { deliverySchema, deliveryStates, showDelivery } from './rows.ts';

const filters = schema.query({
  state: schema.oneOf('Where they stand.', deliveryStates),
  target: schema.code('Code of a target.'),
  station: schema.station,
  ...schema.timeRange('With data'),
  limit: schema.limit,
  after: schema.after,
});

const deliveryCursor = cursor('deliveries', ['integer']);

const mostIds = 1_000;

const selectionSchema = {
  type: 'object',
  description: 'Which deliveries: those on which all that is given holds.',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    ids: {
      ...schema.list('Numbers of deliveries.', { ...schema.integer('One.'), minimum: 1 }),
      minItems: 1,
      maxItems: mostIds,
    },
    target: schema.words(
      'Code of a target, also of one that the registry does not know any more.',
      64,
    ),
    station: schema.words('Code of a station.', 64),
    state: schema.oneOf('Where they stand.', ['due', 'refused', 'set-aside', 'withheld']),
    ...schema.timeRange('With data'),
  },
};

const decidedSchema = schema.record('What became of the request.', {
  decided: schema.integer('Deliveries that were decided so.'),
  declined: schema.integer('Deliveries that cannot be decided so.'),
  reasons: schema.list(
    'Why not, of the first of these.',
    schema.record('One delivery.', {
      deliveryId: schema.integer('Its number.'),
      reason: schema.text('Why not.'),
    }),
  ),
});

export function deliveryRoutes(ports: ConsolePorts): JsonOperation[] {
  const { queries, registry } = ports;
  return [
    {
      path: '/api/v1/deliveries',
      operationId: 'listDeliveries',
      summary: 'Deliveries to the ministry, newest first · Các lượt truyền về Bộ, mới nhất trước',
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
        return answerPage(query, {
          cursor: deliveryCursor,
          read: ({ after, limit }) => queries.deliveries({ ...filter, limit, after: after?.[0] }),
          positionOf: (deliveryId) => [deliveryId],
          show: (delivery) => showDelivery(delivery, registry),
        });
      },
    },
    {
      ...decision(ports, 'retry'),
      operationId: 'retryDeliveries',
      summary: 'Have deliveries tried again · Truyền lại các tệp chưa truyền được',
      description:
        'What was refused, set aside or skipped is due again, in the order of its data; a station that waits after a failure is tried at once. Not where another delivery of the same moment has taken its place.',
    },
    {
      ...decision(ports, 'skip'),
      operationId: 'skipDeliveries',
      summary: 'Decide that deliveries are not sent · Bỏ qua, không truyền các tệp đã chọn',
      description:
        'What is due, refused or set aside is withheld, and what waits for it goes on. A retry brings it back.',
    },
  ];
}

function decision(
  { deliveries, emit }: ConsolePorts,
  kind: DeliveryDecision['decision'],
): Omit<JsonOperation, 'operationId' | 'summary'> {
  return {
    method: 'POST',
    path: `/api/v1/deliveries/${kind}`,
    tag: 'deliveries',
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['actor', 'note', 'select'],
      properties: {
        actor: schema.words('Who decides; kept with each delivery.', 100),
        note: schema.words('Why; kept with each delivery.', 500),
        select: selectionSchema,
      },
    },
    response: decidedSchema,
    async handle({ body }) {
      const { actor, note, select } = body as DecisionBody;
      const { from, to, ...given } = select;
      const selection = { ...given, ...readTimeRange({ from, to }) };
      const outcome = await deliveries.decide({ decision: kind, actor, note, selection });
      if (outcome.decided + outcome.declined === 0)
        throw new Refusal('not-found', {
          vi: 'Không có lượt truyền nào được chọn; xem /api/v1/deliveries',
          en: 'no delivery is selected; see /api/v1/deliveries',
        });
      emit('deliveries-decided', {
        ...{ decision: kind, deliveries: outcome.decided, declined: outcome.declined, actor, note },
        select: JSON.stringify(select),
      });
      return outcome;
    },
  };
}

interface DecisionBody {
  readonly actor: string;
  readonly note: string;
  readonly select: {
    readonly ids?: readonly number[];
    readonly target?: string;
    readonly station?: string;
    readonly state?: DeliveryState;
    readonly from?: string;
    readonly to?: string;
  };
}
