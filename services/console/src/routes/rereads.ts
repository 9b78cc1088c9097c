import { rereadTimes, type RereadSelection, type RereadTime } from '@envigate/domain';
import { Refusal, unknownOf, type ConsolePorts, type JsonOperation } from '../api/operation.ts';
import { readTimeRange } from '../api/request.ts';
import * as schema from '../api/schema.ts';

/** What a dry run reads and shows: an answer within seconds. */
const limits = { files: 1_000, examples: 200 };

const shownValue = (description: string) =>
  schema.orNull(
    schema.record(description, {
      value: schema.orNull(schema.number('The value; null where the file gives none.')),
      unit: schema.text('Its unit.'),
    }),
  );

const foreseenSchema = schema.record('What the reread would change.', {
  looked: schema.integer(`Files that were read for this answer, ${limits.files} at most.`),
  changedFiles: schema.integer('Files of these whose readings change.'),
  quarantinedFiles: schema.integer('Files of these that are not understood, or not any more.'),
  newReadings: schema.integer('Readings where there was none.'),
  corrections: schema.integer('Readings that replace another value or another verdict.'),
  withdrawn: schema.integer('Readings that their file gives no longer.'),
  deliveries: schema.integer('Deliveries that fall due.'),
  withdrawnDeliveries: schema.integer('Deliveries made, or perhaps made, that are wrong now.'),
  examples: schema.list(
    `The first ${limits.examples} changes, in the order of the files.`,
    schema.record('One reading.', {
      kind: schema.oneOf('What becomes of it.', ['new', 'correction', 'withdrawn']),
      station: schema.text('Its station.'),
      parameter: schema.text('Its parameter.'),
      instant: schema.instant('Its time.'),
      before: shownValue('What is current now; null for nothing.'),
      after: shownValue('What would be current; null for nothing.'),
      fileName: schema.text('The file that gives it.'),
    }),
  ),
});

export function rereadRoutes({ replays, registry, emit }: ConsolePorts): JsonOperation[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/files/reread',
      operationId: 'rereadFiles',
      summary: 'Have stored files read again · Đọc lại các tệp đã lưu',
      description:
        'For a station whose offset, factor, unit, mapping or profile was wrong and has been corrected in the registry: its files in the range are read again by the registry as it is now. What they give takes the place of all that they gave before; superseded values and withdrawn times stay as revisions with who and why. Gaps, assessments and deliveries follow.',
      tag: 'quarantine',
      body: {
        type: 'object',
        additionalProperties: false,
        required: ['actor', 'station'],
        properties: {
          actor: schema.words('Who decides; kept with the revisions.', 100),
          station: schema.words('The station whose files are meant.', 64),
          ...schema.timeRange('Files'),
          by: {
            ...schema.oneOf(
              'Which time of a file counts: of its readings as they are stored now, of its first reception, or either.',
              rereadTimes,
            ),
            default: 'any',
          },
          note: schema.words('Why; kept with the revisions.', 500),
          requestId: schema.words('The same request sent again is the same batch.', 100),
          dryRun: { ...schema.boolean('Only report what would change.'), default: false },
        },
      },
      response: schema.record('The request, or what it would do.', {
        batch: schema.orNull(schema.text('See /api/v1/replays/{batch}; null for a dry run.')),
        files: schema.integer('Files of the selection.'),
        foreseen: schema.orNull(foreseenSchema),
      }),
      async handle({ body }) {
        const { actor, note, requestId, dryRun, ...select } = body as RereadBody;
        const selection = readSelection(select);
        if (!registry.current().stations.has(selection.station))
          throw new Refusal('not-found', unknownOf('station', selection.station));
        if (dryRun) {
          const { files, ...foreseen } = await replays.foreseeReread(selection, limits);
          return { batch: null, files, foreseen };
        }
        const request = { actor, selection, requestId, ...(note !== undefined && { note }) };
        const batch = await replays.requestReread(request);
        const files = (await replays.batch(batch))?.files ?? 0;
        const { station, by } = selection;
        const [from, to] = [selection.from?.toISOString() ?? '', selection.to?.toISOString() ?? ''];
        emit('reread-asked-for', { batch, files, actor, station, from, to, by });
        return { batch, files, foreseen: null };
      },
    },
  ];
}

interface Select {
  readonly station: string;
  readonly from?: string;
  readonly to?: string;
  readonly by: RereadTime;
}

interface RereadBody extends Select {
  readonly actor: string;
  readonly note?: string;
  readonly requestId?: string;
  readonly dryRun: boolean;
}

/** Throws a Refusal where no range is given: a whole history is read again only where somebody says so. */
function readSelection({ station, by, from, to }: Select): RereadSelection {
  if (from === undefined && to === undefined)
    throw new Refusal('invalid', {
      vi: 'Cần nhập from, to hoặc cả hai: khoảng thời gian của các tệp cần đọc lại',
      en: 'give from, to or both: the range of the files to read again',
    });
  return { kind: 'reread', station, by, ...readTimeRange({ from, to }) };
}
