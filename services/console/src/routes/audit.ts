import type { ItemStory, StoryFile, StoryQuestion } from '@envigate/contracts';
import { Refusal, unknownOf, type ConsolePorts, type JsonOperation } from '../api/operation.ts';
import { optional, readTime } from '../api/request.ts';
import * as schema from '../api/schema.ts';

const fileSchema = schema.record('A file whose original is kept.', {
  fileNo: schema.integer('Its number.'),
  fileId: schema.fileId,
  account: schema.text('Account that sent it.'),
  name: schema.text('File name.'),
  station: schema.orNull(schema.text('Station it belongs to; null where none was found.')),
  state: schema.oneOf('Whether it was understood.', ['stored', 'quarantined']),
  form: schema.orNull(schema.text('How it was read; null where it was not understood.')),
  size: schema.integer('Bytes.'),
  contentHash: schema.text('SHA-256 of the bytes when they were received, hexadecimal.'),
  isIntact: schema.boolean('Whether the bytes have that SHA-256 now.'),
});

const eventSchema = schema.record('Something that happened.', {
  at: schema.instant('When.'),
  what: schema.text(
    'What: received, recorded, quarantined, quarantine-ended, replay-requested, replay-recorded, reading, reading-superseded, reading-withdrawn, assessed, assessment-ended, delivery-due, delivery-ended, delivery-decided or delivery-withdrawn.',
  ),
  fileNo: schema.orNull(schema.integer('Number of the file; null where it is about none.')),
  text: schema.record('In words.', {
    vi: schema.text('Vietnamese.'),
    en: schema.text('English.'),
  }),
  details: {
    type: 'object',
    description: 'The fields of this kind of event, as the record has them.',
    additionalProperties: true,
  },
});

const storySchema = schema.record('All that happened to an item, or the files that are meant.', {
  kind: schema.oneOf('several: more than one file bears the name; choose one by its number.', [
    'story',
    'several',
  ]),
  files: schema.list('The files that it is about, 20 at most.', fileSchema),
  events: schema.list('In the order of time, 1,000 of each kind at most.', eventSchema),
  isComplete: schema.boolean('False where there is more of one kind than is listed.'),
});

const question = schema.query({
  item: schema.given('A reception id, or the number, id or name of a file.', 256),
  account: schema.code('Account that sent the file of this name.'),
  station: schema.code(
    'Of a reading: code of its station, also one that the registry no longer has.',
  ),
  parameter: schema.code('Of a reading: code of its parameter.'),
  instant: {
    ...schema.given(`Of a reading: its time, ${schema.timeForms}.`, 40),
    examples: schema.timeExamples,
  },
});

export function auditRoutes({ queries }: ConsolePorts): JsonOperation[] {
  return [
    {
      path: '/api/v1/audit/explain',
      operationId: 'explainItem',
      summary:
        'The whole story of a file or reading · Toàn bộ quá trình của một tệp hoặc một giá trị',
      tag: 'files',
      query: question,
      response: storySchema,
      async handle({ query }) {
        const answer = await queries.story(readQuestion(query));
        switch (answer.kind) {
          case 'unknown':
            throw new Refusal('not-found', unknownOf('item', wordsOf(query)));
          case 'several':
            return showStory('several', answer.files, [], true);
          case 'story':
            return showStory('story', answer.files, answer.events, answer.isComplete);
        }
      },
    },
  ];
}

function readQuestion(query: Parameters<typeof optional>[0]): StoryQuestion {
  const item = optional<string>(query, 'item');
  const account = optional<string>(query, 'account');
  const station = optional<string>(query, 'station');
  const parameter = optional<string>(query, 'parameter');
  const instant = readTime(query, 'instant');
  const ofReading = [station, parameter, instant].filter((given) => given !== undefined).length;
  if (item !== undefined && ofReading === 0) return { item, account };
  if (
    item === undefined &&
    station !== undefined &&
    parameter !== undefined &&
    instant !== undefined
  )
    return { station, parameter, instant };
  throw new Refusal('invalid', {
    vi: 'cần `item`, hoặc cả `station`, `parameter` và `instant`',
    en: 'give `item`, or all of `station`, `parameter` and `instant`',
  });
}

/** What was asked for, as it was given. */
function wordsOf(query: Parameters<typeof optional>[0]): string {
  return ['item', 'account', 'station', 'parameter', 'instant']
    .flatMap((name) => optional<string>(query, name) ?? [])
    .join(' ');
}

function showStory(
  kind: 'story' | 'several',
  files: readonly StoryFile[],
  events: ItemStory['events'],
  isComplete: boolean,
) {
  return {
    ...{ kind, files, isComplete },
    events: events.map(({ at, what, fileNo, text, ...details }) => ({
      ...{ at, what, fileNo, text, details },
    })),
  };
}
