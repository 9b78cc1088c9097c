import type { DeliveryState, ListedDelivery } from '@envigate/contracts';
import {
  showDeclined,
  waitsFor,
  type DeliveryDecision,
  type DeliveryObjection,
  type RegistrySource,
} from '@envigate/domain';
import { Refusal, type ConsolePorts, type JsonOperation } from '../api/operation.ts';
import { cursor, optional, answerPage, readStation, readTimeRange } from '../api/request.ts';
import * as schema from '../api/schema.ts';

const deliveryStates = ['due', 'sent', 'refused', 'set-aside', 'withheld'] as const;

export const deliverySchema = schema.record(
  'One moment of a station on its way to one target of the ministry.',
  {
    deliveryId: schema.integer('Number of the delivery.'),
    target: schema.text('Code of the target.'),
    station: schema.text('Code of the station.'),
    fileId: schema.fileId,
    moreFileIds: schema.list('Further files whose rows it has.', schema.fileId),
    fileName: schema.text('Name under which the ministry gets it.'),
    size: schema.integer('Bytes of what is sent.'),
    dataInstant: schema.instant('Time of its data; a station is delivered in this order.'),
    receivedAt: schema.instant('When the file was received.'),
    state: schema.oneOf('Its state.', deliveryStates),
    attempts: schema.integer('Attempts begun.'),
    inDoubt: schema.boolean(
      'True where an attempt ended without an answer: the ministry may have it. With state sent: it answered to the repeat that it has the file, and nobody could compare the bytes.',
    ),
    resend: schema.boolean('True where it was sent again after an attempt without an answer.'),
    dueAt: schema.instant('When it fell due.'),
    endedAt: schema.orNull(
      schema.instant('When it was sent, refused, set aside or withheld; null while it is due.'),
    ),
    withdrawnAt: schema.orNull(
      schema.instant(
        'Since when the record says nothing more of it, although the ministry has it; null else.',
      ),
    ),
    receipt: schema.orNull(schema.text("The ministry's receipt; null while there is none.")),
    failureCode: schema.orNull(
      schema.integer(
        'Of the last failure: 2 không kết nối được · cannot connect, 3 lỗi truyền tệp · transmission error, 4 sai định dạng · invalid format, 5 tệp rỗng · empty file; null where none failed.',
      ),
    ),
    failure: schema.orNull(
      schema.text(
        'The last failure in words of the target or in English, or why it is withheld; null where there is nothing.',
      ),
    ),
    failureVi: schema.orNull(schema.text('Why it is withheld, in Vietnamese; null else.')),
    waitsFor: schema.orNull(
      schema.oneOf(
        'Of what is due: the registry has disabled its target (target-disabled), or does not know it (target-unknown), so that nothing is sent until that changes or somebody skips it; null else.',
        ['target-disabled', 'target-unknown'],
      ),
    ),
    decision: schema.orNull(
      schema.record('What a person decided about it last; null for nothing.', {
        decision: schema.oneOf('What.', ['retry', 'skip']),
        actor: schema.text('Who.'),
        note: schema.text('Why.'),
        decidedAt: schema.instant('When.'),
      }),
    ),
  },
);

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

const objectionCodes = [
  'sent',
  'skipped',
  'withheld',
  'replaced',
  'not-selected',
  'being-sent',
] as const satisfies readonly DeliveryObjection['code'][];

const decidedSchema = schema.record('What became of the request.', {
  decided: schema.integer('Deliveries that were decided so.'),
  declined: schema.integer('Deliveries that cannot be decided so.'),
  reasons: schema.list(
    'Why not, of the first of these.',
    schema.record('One delivery.', {
      deliveryId: schema.integer('Its number.'),
      code: schema.oneOf('Why not, for programs.', objectionCodes),
      reason: schema.text('Why not, in English.'),
      reasonVi: schema.text('The same in Vietnamese.'),
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
      return { ...outcome, reasons: outcome.reasons.map(showDeclined) };
    },
  };
}

export function showDelivery(delivery: ListedDelivery, registry: RegistrySource) {
  return { ...delivery, waitsFor: waitsFor(delivery, registry.current()) ?? null };
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
