import { maxCounted, maxOfDay, type Overview } from '@envigate/contracts';
import type { ConsolePorts, JsonOperation } from '../api/operation.ts';
import {
  instant,
  integer,
  list,
  number,
  oneOf,
  orNull,
  query,
  record,
  text,
} from '../api/schema.ts';

const percentiles = (description: string) =>
  record(description, {
    p50: orNull(number('Median in seconds; null where nothing was seen.')),
    p99: orNull(number('99th percentile in seconds; null where nothing was seen.')),
  });

const overview = record(
  `The flow in numbers, of the last 24 hours unless said otherwise; of a day the newest ${maxOfDay} receptions and deliveries are counted.`,
  {
    receptions: record('Receptions by outcome.', {
      stored: integer('Files taken into the record.'),
      duplicates: integer('Files that were known already, byte for byte.'),
      quarantined: integer('Files that were not understood and are kept aside.'),
    }),
    filesPerMinute: integer('Receptions of the last 60 seconds.'),
    readings: integer('New readings.'),
    corrections: integer('Readings that replaced an earlier value.'),
    deliveries: record('Deliveries to the ministry.', {
      due: integer(`Waiting now, however old; ${maxCounted} at most.`),
      sent: integer('Sent and acknowledged.'),
      refused: integer('Refused by the ministry.'),
    }),
    openGaps: integer('Stations silent now for longer than their interval allows.'),
    latency: record('Time from the acknowledged upload, over the last 5 minutes.', {
      queryable: percentiles('Until the readings can be read here.'),
      receipt: percentiles("Until the ministry's receipt."),
    }),
    latest: list(
      'The newest receptions, newest first.',
      record('A reception in short.', {
        receivedAt: instant('When the file was safe on disk.'),
        account: text('Account that sent it.'),
        name: text('File name.'),
        outcome: oneOf('What became of it.', ['stored', 'duplicate', 'quarantined']),
        detail: text(
          'Reason of the quarantine or number of refused lines; empty where all was well.',
        ),
      }),
    ),
  },
);

const latest = {
  type: 'integer',
  minimum: 0,
  maximum: 100,
  default: 10,
  description: 'How many of the newest receptions are listed.',
};

export function overviewRoutes({ queries }: Pick<ConsolePorts, 'queries'>): JsonOperation[] {
  return [
    {
      path: '/api/v1/overview',
      operationId: 'getOverview',
      summary: 'The flow in numbers · Tình hình truyền, nhận dữ liệu',
      tag: 'overview',
      query: query({ latest }),
      response: overview,
      handle: (request): Promise<Overview> => queries.overview(request.query['latest'] as number),
    },
  ];
}
