import {
  facilityCauses,
  gapCauseCodes,
  gapCauses,
  maxGapWords,
  type GapCause,
  type GapEntry,
  type RecordedGap,
  type RecordedGapEntry,
} from '@envigate/domain';
import type { RouteRequest } from '@envigate/http';
import {
  Refusal,
  unknownOf,
  type BytesOperation,
  type ConsolePorts,
  type JsonOperation,
} from '../api/operation.ts';
import { readTime } from '../api/request.ts';
import * as schema from '../api/schema.ts';

const letterSchema = schema.record('A letter.', {
  letterId: schema.integer('Number of the letter.'),
  name: schema.text('File name.'),
  mediaType: schema.oneOf('By its content.', ['application/pdf', 'image/jpeg']),
  bytes: schema.integer('Its length.'),
  sha256: schema.text('SHA-256, hexadecimal.'),
});

const stated = {
  cause: schema.orNull(schema.oneOf('Of `cause`: why data were missing.', gapCauseCodes)),
  words: schema.text('The cause in words; may be empty.'),
  remedy: schema.text('What is done about it; may be empty.'),
  expectedRestart: schema.orNull(schema.instant('When data are expected again; null: not stated.')),
  document: schema.text('Number and date of a letter; may be empty.'),
};

const entrySchema = schema.record('An entry; it is never changed.', {
  entryId: schema.integer('Number of the entry.'),
  kind: schema.oneOf('What it is.', ['cause', 'confirm', 'ask-back', 'acknowledge', 'hand-over']),
  source: schema.oneOf('Who made it: the facility by its link, or an officer.', [
    'facility',
    'officer',
  ]),
  author: schema.text('Name.'),
  post: schema.text('Of a facility: the post; may be empty.'),
  telephone: schema.text('Of a facility: the telephone; may be empty.'),
  ...stated,
  question: schema.orNull(schema.text('Of `ask-back`.')),
  person: schema.orNull(
    schema.text('Of `acknowledge` and `hand-over`: who takes care of the gap.'),
  ),
  note: schema.text('Why; may be empty.'),
  recordedAt: schema.instant('When it was made.'),
  letters: schema.list('Letters that came with it.', letterSchema),
});

const recordSchema = schema.record('A gap, and what persons stated of it.', {
  gapId: schema.integer('Number of the gap.'),
  station: schema.text('Code of the station.'),
  parameter: schema.orNull(schema.text('Code of the parameter; null: the station.')),
  kind: schema.oneOf('As in the list of gaps.', ['transmission', 'no-valid-data']),
  from: schema.instant('Last reading before.'),
  to: schema.orNull(schema.instant('First reading after; null while the gap is open.')),
  state: schema.oneOf(
    'unexplained: no cause is stated. answered: the facility stated one, which waits for an officer. asked-back: an officer had a question. confirmed: an officer confirmed or stated the cause.',
    ['unexplained', 'answered', 'asked-back', 'confirmed'],
  ),
  ...stated,
  causeText: schema.orNull(
    schema.record('The cause in words.', {
      vi: schema.text('In Vietnamese.'),
      en: schema.text('In English.'),
    }),
  ),
  acknowledgedAt: schema.orNull(schema.instant('Since when an officer knows of it.')),
  responsible: schema.orNull(schema.text('Who takes care of it.')),
  question: schema.orNull(schema.text('What the facility has not answered.')),
  notices: schema.list(
    'Notices about it.',
    schema.record('A notice.', {
      code: schema.text('Its code.'),
      kind: schema.text('What it was.'),
      audience: schema.text('office, ministry, escalation, or facility: and its code.'),
      createdAt: schema.instant('When it was made.'),
    }),
  ),
  entries: schema.list('Everything that was stated, in order.', entrySchema),
});

const path = '/api/v1/gaps/{gapId}';
const gapIdParameter = { ...schema.integer('Number of the gap.'), minimum: 1 };
const params = { type: 'object', required: ['gapId'], properties: { gapId: gapIdParameter } };
const actor = schema.words('Who enters it; kept with the entry.', 100);
const note = schema.given('Why; kept with the entry.', 500);

type GapRecordOperation = JsonOperation | BytesOperation;

/** What persons state of gaps. */
export function gapRecordRoutes(ports: ConsolePorts): GapRecordOperation[] {
  const { gapRecords } = ports;
  return [
    {
      path,
      operationId: 'getGapRecord',
      summary: 'A gap and what was stated of it · Một khoảng gián đoạn và nội dung đã ghi nhận',
      tag: 'gaps',
      params,
      response: recordSchema,
      async handle(request) {
        const gap = await gapRecords.read(gapIdOf(request));
        if (gap === undefined) throw notThere(request);
        return showGap(gap);
      },
    },
    {
      path: `${path}/letters/{letterId}`,
      operationId: 'getGapLetter',
      summary: 'A letter, byte for byte · Văn bản đính kèm',
      tag: 'gaps',
      params: {
        type: 'object',
        required: ['gapId', 'letterId'],
        properties: {
          gapId: gapIdParameter,
          letterId: { ...schema.integer('Number of the letter.'), minimum: 1 },
        },
      },
      response: 'bytes',
      async handle(request) {
        const letterId = Number(request.params['letterId']);
        const letter = await gapRecords.letter(gapIdOf(request), letterId);
        if (letter === undefined) throw new Refusal('not-found', unknownOf('letter', letterId));
        return { content: letter.content, name: letter.name };
      },
    },
    entryRoute(ports, {
      entry: 'acknowledge',
      operationId: 'acknowledgeGap',
      summary: 'Take care of a gap · Nhận phụ trách',
      description: 'Nobody above the office is written to about it then.',
      takes: { person: schema.words('Who takes care of it; default: the actor.', 100) },
      entryOf: ({ actor, person }) => ({ kind: 'acknowledge', person: person ?? actor }),
    }),
    entryRoute(ports, {
      entry: 'hand-over',
      operationId: 'handOverGap',
      summary: 'Hand a gap over · Chuyển người phụ trách',
      description: 'To another person.',
      required: ['person'],
      takes: { person: schema.words('Who takes care of it from now on.', 100) },
      entryOf: ({ person }) => ({ kind: 'hand-over', person: person ?? '' }),
    }),
    entryRoute(ports, {
      entry: 'cause',
      operationId: 'stateGapCause',
      summary: 'State the cause of a gap · Nhập nguyên nhân',
      description: `What the officer knows; it needs no confirmation. ${Object.keys(facilityCauses).length} of the causes are those that facilities choose from.`,
      required: ['cause'],
      takes: {
        cause: schema.oneOf('Why data were missing.', gapCauseCodes),
        words: schema.given('The cause in words; must be there for `other`.', maxGapWords),
        remedy: schema.given('What is done about it.', maxGapWords),
        expectedRestart: {
          ...schema.given(`When data are expected again, ${schema.timeForms}.`, 40),
          examples: schema.timeExamples,
        },
        document: schema.given('Number and date of a letter.', 200),
      },
      entryOf: (body) => ({
        ...{ kind: 'cause', cause: body.cause ?? 'unknown', words: body.words ?? '' },
        ...{ remedy: body.remedy ?? '', document: body.document ?? '' },
        expectedRestart: readTime({ ...body }, 'expectedRestart'),
      }),
    }),
    entryRoute(ports, {
      entry: 'confirm',
      operationId: 'confirmGapCause',
      summary: "Confirm the facility's answer · Xác nhận phản hồi của cơ sở",
      description: 'As it is.',
      takes: {},
      entryOf: () => ({ kind: 'confirm' }),
    }),
    entryRoute(ports, {
      entry: 'ask-back',
      operationId: 'askBackAboutGap',
      summary: 'Ask the facility · Đề nghị cơ sở làm rõ',
      description: 'The question goes to the contacts of the facility by mail, with a new link.',
      required: ['question'],
      takes: { question: schema.words('What the facility is asked.', maxGapWords) },
      entryOf: ({ question }) => ({ kind: 'ask-back', question: question ?? '' }),
    }),
  ];
}

interface EntryBody {
  readonly actor: string;
  readonly note?: string;
  readonly person?: string;
  readonly question?: string;
  readonly cause?: GapCause;
  readonly words?: string;
  readonly remedy?: string;
  readonly expectedRestart?: string;
  readonly document?: string;
}

interface EntryRoute {
  readonly entry: GapEntry['kind'];
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly required?: readonly string[];
  readonly takes: Readonly<Record<string, object>>;
  readonly entryOf: (body: EntryBody) => GapEntry;
}

function entryRoute(
  { gapRecords, emit }: ConsolePorts,
  { entry, required = [], takes, entryOf, ...described }: EntryRoute,
): JsonOperation {
  return {
    ...described,
    method: 'POST',
    path: `${path}/${entry}`,
    tag: 'gaps',
    params,
    body: {
      type: 'object',
      additionalProperties: false,
      required: ['actor', ...required],
      properties: { actor, note, ...takes },
    },
    response: recordSchema,
    async handle(request) {
      const body = request.body as EntryBody;
      const { actor, note = '' } = body;
      const outcome = await gapRecords.enter(gapIdOf(request), {
        ...{ entry: entryOf(body), actor, note, letters: [] },
      });
      switch (outcome.kind) {
        case 'not-found':
          throw notThere(request);
        case 'refused':
          throw new Refusal('conflict', outcome.reason);
        case 'recorded': {
          const { gap, entryId } = outcome;
          const { gapId, station } = gap;
          emit('gap-entry-recorded', { gapId, station, entryId, entry, actor, note });
          return showGap(gap);
        }
      }
    },
  };
}

const nothingStated = { cause: null, words: '', remedy: '', expectedRestart: null, document: '' };

function showGap({ record, from, to, parameter, ...gap }: RecordedGap) {
  const { state, explanation, acknowledgedAt, responsible, question, notices, entries } = record;
  return {
    ...{ gapId: gap.gapId, station: gap.station, kind: gap.kind, parameter: parameter ?? null },
    from: new Date(from),
    to: to === undefined ? null : new Date(to),
    ...{ state, notices, entries: entries.map(showEntry) },
    ...(explanation === undefined
      ? nothingStated
      : { ...explanation, expectedRestart: explanation.expectedRestart ?? null }),
    causeText: explanation === undefined ? null : gapCauses[explanation.cause],
    acknowledgedAt: acknowledgedAt ?? null,
    responsible: responsible ?? null,
    question: question ?? null,
  };
}

function showEntry(entry: RecordedGapEntry) {
  const { entryId, kind, author, note, recordedAt, letters } = entry;
  return {
    ...{ entryId, kind, source: author.source, author: author.name, post: author.post },
    ...{ telephone: author.telephone, note, recordedAt, letters },
    ...(entry.kind === 'cause'
      ? {
          ...{ cause: entry.cause, words: entry.words, remedy: entry.remedy },
          ...{ document: entry.document, expectedRestart: entry.expectedRestart ?? null },
        }
      : nothingStated),
    question: entry.kind === 'ask-back' ? entry.question : null,
    person: entry.kind === 'acknowledge' || entry.kind === 'hand-over' ? entry.person : null,
  };
}

const gapIdOf = ({ params: { gapId } }: RouteRequest): number => Number(gapId);

function notThere(request: RouteRequest): Refusal {
  return new Refusal('not-found', unknownOf('gap', gapIdOf(request)));
}
