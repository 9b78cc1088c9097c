import type { BilingualText } from '@envigate/contracts';
import {
  maxStopDays,
  stopOfGiven,
  stopReasonCodes,
  stopReasons,
  type RecordedStop,
  type StopChange,
  type EnteredStop,
  type StopReason,
} from '@envigate/domain';
import type { RouteRequest } from '@envigate/http';
import { Refusal, unknownOf, type ConsolePorts, type JsonOperation } from '../api/operation.ts';
import {
  answerPage,
  cursor,
  optional,
  readStation,
  readTime,
  readTimeRange,
} from '../api/request.ts';
import * as schema from '../api/schema.ts';

const scopeKinds = ['station', 'facility', 'province'] as const;

const stopFields = {
  stopId: schema.integer('Number of the stop.'),
  version: schema.integer('1, and one more with each change.'),
  scope: schema.record('Whose stations are meant not to send.', {
    kind: schema.oneOf('What the code is of.', scopeKinds),
    code: schema.text('Code of the station or facility; of a province as in file names.'),
  }),
  parameters: {
    type: ['array', 'null'],
    description: 'Parameters that stop; null where nothing is sent at all.',
    items: schema.text('Code of a parameter.'),
  },
  from: schema.instant('When it begins.'),
  to: schema.instant('When it ends.'),
  expectedRestart: schema.orNull(
    schema.instant('When it should send again; null where nobody said so.'),
  ),
  reason: schema.oneOf('Why.', stopReasonCodes),
  reasonText: schema.record('The reason in words.', {
    vi: schema.text('In Vietnamese.'),
    en: schema.text('In English.'),
  }),
  words: schema.text('What was written beside the reason; may be empty.'),
  cancelled: schema.boolean('True: it does not count any more.'),
  actor: schema.text('Who entered this version.'),
  note: schema.text('Why it was changed; empty in the first version.'),
  recordedAt: schema.instant('When this version was entered.'),
};
const stopSchema = schema.record('A stop, in its newest version.', stopFields);

const time = (description: string) => ({
  ...schema.text(`${description} ${schema.timeForms}.`),
  maxLength: 40,
  examples: schema.timeExamples,
});
const parameters = {
  ...schema.list('Parameters that stop; absent: nothing is sent.', schema.code('One code.')),
  maxItems: 200,
};
const written = {
  from: time('When it begins; default: now.'),
  to: time('When it ends.'),
  expectedRestart: time('When it should send again.'),
  reason: schema.oneOf('Why.', stopReasonCodes),
  words: schema.given('What is to be said beside the reason; must be there for `other`.', 500),
  parameters,
};
const actor = schema.words('Who enters it; kept with the stop.', 100);
const note = schema.words('Why; kept with the stop.');

const outcomeSchema = schema.record('The stop as it is now.', {
  stop: stopSchema,
  overlaps: schema.list(
    'Other stops that have time, stations and parameters in common with it: the time counts once.',
    schema.integer('Number of a stop.'),
  ),
});

const params = {
  type: 'object',
  required: ['stopId'],
  properties: { stopId: { ...schema.integer('Number of the stop.'), minimum: 1 } },
};

const stopCursor = cursor('planned-stops', ['integer']);
const path = '/api/v1/planned-stops';

export function plannedStopRoutes(ports: ConsolePorts): JsonOperation[] {
  const { stops, registry, clock } = ports;
  return [
    {
      path,
      operationId: 'listPlannedStops',
      summary: 'Planned stops, the last entered first · Các lần dừng có kế hoạch, mới nhập trước',
      tag: 'gaps',
      query: schema.query({
        station: schema.code('Those of this station, of its facility and of its province.'),
        from: schema.timeRange('Stops that reach into the time').from,
        to: schema.timeRange('Stops that begin').to,
        cancelled: { ...schema.boolean('Cancelled ones too.'), default: false },
        limit: schema.limit,
        after: schema.after,
      }),
      response: schema.page(stopSchema),
      async handle({ query }) {
        const filter = {
          station: readStation(query, registry),
          ...readTimeRange(query),
          withCancelled: query['cancelled'] === true,
        };
        return answerPage(query, {
          cursor: stopCursor,
          read: ({ after, limit }) => stops.list({ ...filter, limit, after: after?.[0] }),
          positionOf: (stopId) => [stopId],
          show: showStop,
        });
      },
    },
    {
      path: `${path}/{stopId}`,
      operationId: 'getPlannedStop',
      summary: 'A planned stop and its history · Một lần dừng và lịch sử thay đổi',
      tag: 'gaps',
      params,
      response: schema.record('Every version, the newest first.', {
        versions: schema.list('The versions.', stopSchema),
      }),
      async handle(request) {
        const versions = await stops.versions(stopIdOf(request));
        if (versions.length === 0) throw notThere(request);
        return { versions: versions.map(showStop) };
      },
    },
    {
      method: 'POST',
      path,
      operationId: 'enterPlannedStop',
      summary: 'Enter a planned stop · Nhập lần dừng có kế hoạch',
      description: `Of one station, of all of a facility, or of all of a province. Either \`to\` or \`hours\` says when it ends, ${maxStopDays} days after it begins at the latest. It may lie in the past: gaps are then judged anew.`,
      tag: 'gaps',
      body: {
        type: 'object',
        additionalProperties: false,
        required: ['actor', 'reason'],
        properties: {
          actor,
          station: schema.code('Code of the station.'),
          facility: schema.code('Code of the facility.'),
          province: schema.code('Code of the province, as in file names.'),
          ...written,
          hours: {
            ...schema.number('How long it lasts, in place of `to`.'),
            exclusiveMinimum: 0,
            maximum: maxStopDays * 24,
          },
        },
      },
      response: outcomeSchema,
      async handle({ body }) {
        const { actor, ...given } = body as EnteredBody;
        const entry = stopOfGiven({ ...given, ...timesOf(given) }, clock());
        if ('vi' in entry) throw new Refusal('invalid', entry);
        return answer(ports, 'enter', await stops.enter(entry, actor));
      },
    },
    changeRoute(ports, {
      change: 'correct',
      operationId: 'correctPlannedStop',
      summary: 'Correct a planned stop · Sửa lần dừng',
      description: 'What is not given stays. A cancelled stop counts again.',
      takes: written,
      response: outcomeSchema,
      changeOf: ({ actor: _, note: __, ...body }) => ({
        ...{ kind: 'correct', ...body, ...timesOf(body) },
      }),
    }),
    changeRoute(ports, {
      change: 'end',
      operationId: 'endPlannedStop',
      summary: 'End a planned stop early · Kết thúc sớm lần dừng',
      description: 'It ends at `at`, by default now.',
      takes: { at: time('When it ended; default: now.') },
      response: outcomeSchema,
      changeOf: (body) => ({ kind: 'end', at: readTime(body, 'at') ?? clock() }),
    }),
    changeRoute(ports, {
      change: 'cancel',
      operationId: 'cancelPlannedStop',
      summary: 'Cancel a planned stop · Hủy lần dừng',
      description: 'It does not count any more, from its beginning on; it stays in the history.',
      takes: {},
      response: schema.record('The stop as it is now.', { stop: stopSchema }),
      changeOf: () => ({ kind: 'cancel' }),
    }),
  ];
}

interface Texts {
  readonly from?: string;
  readonly to?: string;
  readonly expectedRestart?: string;
}

interface EnteredBody extends Texts {
  readonly actor: string;
  readonly reason: StopReason;
}

interface ChangeBody extends Readonly<Record<string, unknown>> {
  readonly actor: string;
  readonly note: string;
}

interface ChangeRoute {
  readonly change: StopChange['kind'];
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly takes: Readonly<Record<string, object>>;
  readonly response: JsonOperation['response'];
  readonly changeOf: (body: ChangeBody) => StopChange;
}

function changeRoute(
  ports: ConsolePorts,
  { change, takes, changeOf, ...described }: ChangeRoute,
): JsonOperation {
  return {
    ...described,
    method: 'POST',
    path: `${path}/{stopId}/${change}`,
    tag: 'gaps',
    params,
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['actor', 'note'],
      properties: { actor, note, ...takes },
    },
    async handle(request) {
      const body = request.body as ChangeBody;
      const { actor, note } = body;
      const outcome = await ports.stops.change(stopIdOf(request), changeOf(body), actor, note);
      if (outcome.kind === 'not-found') throw notThere(request);
      return answer(ports, change, outcome);
    },
  };
}

/** The times of a body, read; absent where they are not given. */
function timesOf(body: object) {
  const given = body as RouteRequest['query'];
  return {
    from: readTime(given, 'from'),
    to: readTime(given, 'to'),
    expectedRestart: readTime(given, 'expectedRestart'),
    words: optional<string>(given, 'words'),
  };
}

function answer(
  { emit }: ConsolePorts,
  change: 'enter' | StopChange['kind'],
  outcome: EnteredStop,
) {
  switch (outcome.kind) {
    case 'recorded': {
      const { stop, overlaps } = outcome;
      const { stopId, version, scope, from, to, reason, actor, note } = stop;
      emit('planned-stop-recorded', {
        ...{ stopId, version, change, scope: `${scope.kind} ${scope.code}` },
        ...{ from: from.toISOString(), to: to.toISOString(), reason, actor, note },
      });
      return { stop: showStop(stop), overlaps: overlaps.map((other) => other.stopId) };
    }
    case 'refused':
      throw new Refusal('conflict', outcome.reason);
  }
}

function showStop({ parameters, expectedRestart, isCancelled, ...stop }: RecordedStop) {
  const reasonText: BilingualText = stopReasons[stop.reason];
  return {
    ...stop,
    parameters: parameters ?? null,
    expectedRestart: expectedRestart ?? null,
    reasonText,
    cancelled: isCancelled,
  };
}

const stopIdOf = ({ params: { stopId } }: RouteRequest): number => Number(stopId);

function notThere(request: RouteRequest): Refusal {
  return new Refusal('not-found', unknownOf('stop', stopIdOf(request)));
}
