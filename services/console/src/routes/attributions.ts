import { jointScopeKinds, type AttributionOutcome, type Attribution } from '@envigate/domain';
import { Refusal, unknownOf, type ConsolePorts, type JsonOperation } from '../api/operation.ts';
import { answerPage, cursor } from '../api/request.ts';
import * as schema from '../api/schema.ts';

const verdicts = ['ours', 'theirs'] as const satisfies readonly Attribution[];
const verdict = schema.oneOf(
  "ours: the office's own system, its time is taken out as an outage of ours; theirs: it counts as the stations' own.",
  verdicts,
);

const jointSchema = schema.record('Stations that fell silent at about the same time.', {
  jointId: schema.integer('Number of the joint silence.'),
  scope: schema.record('What the stations have in common.', {
    kind: schema.oneOf('What the code is of.', jointScopeKinds),
    code: schema.text('Of the province in file names, of the door as ftp, or of the account.'),
  }),
  from: schema.instant('Earliest last data of the stations that it began with.'),
  to: schema.orNull(schema.instant('When half of its stations were back; null while it lasts.')),
  stations: schema.list('Codes of its stations.', schema.text('Code of a station.')),
  verdict: schema.orNull(verdict),
  decisions: schema.list(
    'What persons decided, the newest first.',
    schema.record('A decision.', {
      decisionId: schema.integer('Number of the decision.'),
      station: schema.orNull(schema.text('Of this station alone; null: of all.')),
      verdict,
      actor: schema.text('Who decided.'),
      note: schema.text('Why.'),
      decidedAt: schema.instant('When.'),
      counts: schema.boolean('False: a newer decision replaces it.'),
    }),
  ),
});

const outcomeSchema = schema.record('Whose gaps are judged anew.', {
  jointId: schema.orNull(schema.integer('The joint silence that it is about.')),
  stations: schema.list('The stations.', schema.text('Code of a station.')),
});

const decisionFields = {
  verdict,
  actor: schema.words('Who decides; kept with the decision.', 100),
  note: schema.words('Why; kept with the decision.'),
};

const bodyOf = (more: Readonly<Record<string, object>>) => ({
  type: 'object',
  additionalProperties: false,
  required: ['verdict', 'actor', 'note'],
  properties: { ...decisionFields, ...more },
});

interface DecisionBody {
  readonly verdict: Attribution;
  readonly actor: string;
  readonly note: string;
  readonly station?: string;
}

const paramsOf = (name: string, what: string) => ({
  type: 'object',
  required: [name],
  properties: { [name]: { ...schema.integer(`Number of the ${what}.`), minimum: 1 } },
});

const jointCursor = cursor('joint-silences', ['integer']);

/** Whose fault gaps are that began together, or one of a station. */
export function attributionRoutes({ attributions, emit }: ConsolePorts): JsonOperation[] {
  const answer = (
    what: 'gap' | 'joint silence',
    id: number,
    body: DecisionBody,
    outcome: AttributionOutcome,
  ) => {
    switch (outcome.kind) {
      case 'not-found':
        throw new Refusal('not-found', unknownOf(what, id));
      case 'refused':
        throw new Refusal('conflict', outcome.reason);
      case 'decided': {
        const { jointId = null, stations } = outcome;
        const { verdict: said, actor, note } = body;
        emit('gap-attributed', { jointId, stations: stations.length, verdict: said, actor, note });
        return { jointId, stations };
      }
    }
  };
  return [
    {
      path: '/api/v1/joint-silences',
      operationId: 'listJointSilences',
      summary:
        'Stations that fell silent together, most recently found first · Các lần nhiều trạm gián đoạn cùng lúc, mới phát hiện trước',
      tag: 'gaps',
      query: schema.query({ limit: schema.limit, after: schema.after }),
      response: schema.page(jointSchema),
      async handle({ query }) {
        return answerPage(query, {
          cursor: jointCursor,
          read: ({ after, limit }) => attributions.list({ limit, after: after?.[0] }),
          positionOf: (jointId) => [jointId],
          show: (joint) => joint,
        });
      },
    },
    {
      method: 'POST',
      path: '/api/v1/joint-silences/{jointId}/decide',
      operationId: 'decideJointSilence',
      summary:
        'Decide whose fault a joint silence was · Quyết định nguyên nhân của lần gián đoạn cùng lúc',
      description:
        'Of all its stations, or of one of them. Their gaps are judged anew, and notices follow.',
      tag: 'gaps',
      params: paramsOf('jointId', 'joint silence'),
      body: bodyOf({ station: schema.code('Of this station alone.') }),
      response: outcomeSchema,
      async handle({ params, body }) {
        const given = body as DecisionBody;
        const jointId = Number(params['jointId']);
        const target = { kind: 'joint', jointId, station: given.station } as const;
        const outcome = await attributions.decide(target, given.verdict, given.actor, given.note);
        return answer('joint silence', jointId, given, outcome);
      },
    },
    {
      method: 'POST',
      path: '/api/v1/gaps/{gapId}/decide',
      operationId: 'decideGap',
      summary: 'Decide whose fault a gap was · Quyết định nguyên nhân của một khoảng gián đoạn',
      description:
        'Of one that is part of a joint silence, of its station alone. An open one counts again from now on where it was the office’s.',
      tag: 'gaps',
      params: paramsOf('gapId', 'gap'),
      body: bodyOf({}),
      response: outcomeSchema,
      async handle({ params, body }) {
        const given = body as DecisionBody;
        const gapId = Number(params['gapId']);
        const { verdict: said, actor, note } = given;
        return answer(
          'gap',
          gapId,
          given,
          await attributions.decide({ kind: 'gap', gapId }, said, actor, note),
        );
      },
    },
  ];
}
