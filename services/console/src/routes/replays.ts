import { maxCounted } from '@envigate/contracts';
import {
  summariseReplay,
  unknownInDecision,
  type DiscardDecision,
  type ForeseenFile,
  type ReplayDecision,
  type ReplayRequest,
  type ReplaySelection,
} from '@envigate/domain';
import { Refusal, unknownOf, type ConsolePorts, type JsonOperation } from '../api/operation.ts';
import { readTimeRange } from '../api/request.ts';
import * as schema from '../api/schema.ts';
import { quarantineReasons, reasonText, scopes, textsOf } from './quarantine.ts';

/** Files that a dry run reads: the first of the selection. */
const mostForeseen = 200;

const selectionSchema = {
  type: 'object',
  description:
    'Which files: those of the open rows of quarantine on which all that is given holds, or those named.',
  additionalProperties: false,
  properties: {
    ids: { ...schema.list('Numbers of rows.', schema.integer('One row.')), maxItems: 10_000 },
    account: schema.words('Account that sent them.', 64),
    station: schema.words('Station that they were found to belong to.', 64),
    scope: schema.oneOf('Whole files or single lines only.', scopes),
    reason: schema.oneOf('Reason code.', quarantineReasons),
    text: schema.words("A part of the file's name or of the line, in whatever case.", 100),
    ...schema.timeRange('Put into quarantine'),
    all: schema.boolean('Everything that is open: must be said where nothing else is.'),
    fileIds: {
      ...schema.list('Files by their id, stored ones too; in place of all the others.', {
        ...schema.fileId,
        pattern: '^[0-9a-f]{64}$',
      }),
      maxItems: 10_000,
    },
  },
};

const foreseenSchema = schema.record('What a replay of one file would bring now.', {
  fileId: schema.fileId,
  name: schema.text('File name.'),
  account: schema.text('Account that sent it.'),
  outcome: schema.oneOf('What would become of it.', ['stored', 'quarantined']),
  cured: schema.boolean('Whether the file, or a line of it, would be understood that is not.'),
  station: schema.orNull(schema.text('Station; null where it would be quarantined.')),
  readings: schema.integer('Readings that it gives, known ones too.'),
  rejectedLines: schema.integer('Lines that would still not be understood.'),
  reason: schema.orNull(schema.text('Reason code; null where it would be stored.')),
  reasonText: reasonText(),
  detail: schema.orNull(schema.text('What was seen; null where it would be stored.')),
  detailVi: schema.orNull(schema.text('`detail` in Vietnamese; null where it would be stored.')),
  unknownSymbols: schema.list('Symbols still unknown.', schema.text('One symbol.')),
});

const batchSchema = schema.record('What became of a request.', {
  batchId: schema.text('The batch.'),
  actor: schema.text('Who asked; registry where it changed and the gateway asked by itself.'),
  requestedAt: schema.instant('When.'),
  note: schema.orNull(schema.text('Why; null where nothing was said.')),
  station: schema.orNull(schema.text('Station that was assigned; null for none.')),
  profile: schema.orNull(schema.text('Profile that was assigned; null for none.')),
  asWhole: schema.boolean('Whether the actor said that the files are whole.'),
  automatic: schema.boolean('Whether the registry gained something, and nobody asked.'),
  isExpanded: schema.boolean('False while more files are being put on their way.'),
  isComplete: schema.boolean(
    `True: the figures below are of all its files; false: of the first ${maxCounted}.`,
  ),
  requested: schema.integer('Files put on their way; the next four add up to it.'),
  underWay: schema.integer(`Of all its files not recorded again yet; ${maxCounted} at most.`),
  stored: schema.integer('Understood.'),
  quarantined: schema.integer('Still not understood.'),
  undecodable: schema.integer('Failed for a fault of ours; kept whole.'),
  newReadings: schema.integer('Readings that were not known before.'),
  corrections: schema.integer('Readings that replaced another value.'),
  withdrawn: schema.integer('Readings that a file gave before and gives no longer.'),
  files: schema.orNull(
    schema.integer(
      `Of a reread: the files that it is to read, ${maxCounted} at most; null for other requests.`,
    ),
  ),
});

export function replayRoutes({ replays, registry, emit }: ConsolePorts): JsonOperation[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/quarantine/replay',
      operationId: 'replayQuarantine',
      summary: 'Have recorded files read again · Xử lý lại các tệp đã lưu',
      description:
        'The files go through the gateway again as received at first, through the same door and exactly once. A file whose replay is under way is not sent again.',
      tag: 'quarantine',
      body: {
        type: 'object',
        additionalProperties: false,
        required: ['actor', 'select'],
        properties: {
          actor: schema.words('Who decides; kept with the files.', 100),
          select: selectionSchema,
          station: schema.words('Take the files for this station, whatever their names say.', 64),
          profile: schema.words(
            'Read them by this profile, whatever their station and account say.',
            64,
          ),
          asWhole: schema.boolean(
            'Say that they are whole though their senders were gone before the reply (interrupted); only what you have looked at.',
          ),
          note: schema.words('Why; kept with the files.', 500),
          requestId: schema.words('The same request sent again is the same batch.', 100),
          dryRun: { ...schema.boolean('Only show what would become of them.'), default: false },
        },
      },
      response: schema.record('The request, or what it would do.', {
        batch: schema.orNull(schema.text('See /api/v1/replays/{batch}; null for a dry run.')),
        files: schema.integer('Files of the selection.'),
        foreseen: schema.list(
          `Of a dry run: the first ${mostForeseen} files, read with the registry as it is now.`,
          foreseenSchema,
        ),
      }),
      async handle({ body }) {
        const { select, note, requestId, dryRun, asWhole, ...assigned } = body as ReplayBody;
        const decision: ReplayDecision = {
          ...assigned,
          ...(asWhole === true && { asWhole }),
        };
        const selection = readSelection(select);
        const unknown = unknownInDecision(decision, registry.current());
        if (unknown !== undefined) throw new Refusal('not-found', unknown);
        const files = await replays.count(selection);
        if (dryRun) {
          const preview = await replays.preview(selection, decision, mostForeseen);
          const foreseen = preview.map((file) => summariseReplay(file, registry.current()));
          return { batch: null, files, foreseen: foreseen.map(showForeseen) };
        }
        const request: ReplayRequest = {
          ...{ ...decision, selection, requestId },
          ...(note !== undefined && { note }),
        };
        const batch = await replays.request(request);
        const { actor, station = '', profile = '' } = decision;
        emit('replay-asked-for', {
          batch,
          files,
          actor,
          station,
          profile,
          asWhole: asWhole === true,
        });
        return { batch, files, foreseen: [] };
      },
    },
    {
      method: 'POST',
      path: '/api/v1/quarantine/discard',
      operationId: 'discardQuarantined',
      summary:
        'Discard quarantined files that wait for a decision · Không tiếp nhận tệp chờ quyết định',
      description:
        'Rows of reason clock-reset only: what the files say stays out of the record, also when they come again. The originals stay. To accept such files, replay them.',
      tag: 'quarantine',
      body: {
        type: 'object',
        additionalProperties: false,
        required: ['actor', 'ids'],
        properties: {
          actor: schema.words('Who decides; kept with the rows.', 100),
          ids: {
            ...schema.list('Numbers of rows.', schema.integer('One row.')),
            ...{ minItems: 1, maxItems: 1_000 },
          },
          note: schema.words('Why; kept with the rows.', 500),
        },
      },
      response: schema.record('What was done.', {
        discarded: schema.list(
          'Those of the rows that were open and are discarded now.',
          schema.integer('One row.'),
        ),
      }),
      async handle({ body }) {
        const { ids, ...decision } = body as DiscardDecision & { readonly ids: readonly number[] };
        const discarded = await replays.discard(ids, decision);
        if (discarded.length === 0)
          throw new Refusal('not-found', {
            vi: 'Không có mục nào đang chờ xử lý với lý do clock-reset',
            en: 'none of the rows is an open one of reason clock-reset',
          });
        const { actor, note = '' } = decision;
        emit('held-files-discarded', { rows: discarded.join(' '), actor, note });
        return { discarded };
      },
    },
    {
      path: '/api/v1/replays/{batch}',
      operationId: 'getReplay',
      summary: 'What became of a request · Kết quả của một lần xử lý lại',
      tag: 'quarantine',
      params: {
        type: 'object',
        required: ['batch'],
        properties: { batch: { ...schema.text('The batch.'), pattern: '^[0-9A-Z]{26}$' } },
      },
      response: batchSchema,
      async handle({ params }) {
        const batch = await replays.batch(params['batch'] as string);
        if (batch === undefined)
          throw new Refusal('not-found', unknownOf('batch', params['batch'] as string));
        return batch;
      },
    },
  ];
}

interface ReplayBody extends Omit<ReplayDecision, 'asWhole'> {
  readonly asWhole?: boolean;
  readonly select: Select;
  readonly note?: string;
  readonly requestId?: string;
  readonly dryRun: boolean;
}

interface Select {
  readonly ids?: readonly number[];
  readonly account?: string;
  readonly station?: string;
  readonly scope?: 'file' | 'line';
  readonly reason?: string;
  readonly text?: string;
  readonly from?: string;
  readonly to?: string;
  readonly all?: boolean;
  readonly fileIds?: readonly string[];
}

/** Throws a Refusal where it does not say clearly what is meant. */
function readSelection({ fileIds, all = false, from, to, ...rows }: Select): ReplaySelection {
  const range = readTimeRange({ from, to });
  const isBounded = Object.keys(rows).length > 0 || from !== undefined || to !== undefined;
  if (fileIds !== undefined) {
    if (isBounded || all)
      throw new Refusal('invalid', {
        vi: 'select: chỉ chọn theo mã tệp (fileIds) hoặc theo điều kiện, không dùng cả hai',
        en: 'select: fileIds stands alone; leave out the others',
      });
    return { kind: 'files', fileIds };
  }
  if (!isBounded && !all)
    throw new Refusal('invalid', {
      vi: 'select: phải chọn tệp, hoặc chọn tất cả (all: true)',
      en: 'select: choose files, or all: true for everything that is open',
    });
  if (isBounded && all)
    throw new Refusal('invalid', {
      vi: 'select: all: true là chọn tất cả; bỏ các điều kiện khác',
      en: 'select: all: true means everything; leave out the others',
    });
  return { kind: 'quarantine', ...rows, ...range };
}

function showForeseen(foreseen: ForeseenFile) {
  const { reason } = foreseen;
  return { ...foreseen, reasonText: reason === null ? null : textsOf(reason) };
}
