import type {
  ItemStory,
  StoryAnswer,
  StoryEvent,
  StoryFile,
  StoryQuestion,
} from '@envigate/contracts';
import { decodeText, describeStoryEvent, splitRows } from '@envigate/domain';
import { fileNoOf } from '../connection/looks.ts';
import type { Session } from '../connection/session.ts';

/** Of each kind of event so many are listed, the oldest. */
const mostListed = 1_000;
/** Of files with the same name so many, the newest. */
const mostFiles = 20;

/** All that happened to a file or a reading, from what the record has of it. */
export async function explainItem(session: Session, question: StoryQuestion): Promise<StoryAnswer> {
  if ('station' in question) {
    const { station, parameter, instant } = question;
    return explainReading(session, [station, parameter, instant]);
  }
  const [file, ...others] = await findFiles(session, question.item, question.account);
  if (file === undefined) return { kind: 'unknown' };
  if (others.length > 0) return { kind: 'several', files: [file, ...others] };
  const ofFile = [file.fileNo];
  const found: Found = { found: [], isComplete: true };
  await readEvents(session, found, eventsOfFile, ofFile);
  await readEvents(session, found, eventsOfReadings(keysOfFile), ofFile);
  await readEvents(session, found, eventsOfDeliveries(deliveriesOfFile), ofFile);
  return storyOf(session, [file], found);
}

/** A key has few readings; their files have what else happened. */
async function explainReading(
  session: Session,
  key: readonly [string, string, Date],
): Promise<StoryAnswer> {
  const found: Found = { found: [], isComplete: true };
  await readEvents(session, found, eventsOfReadings(keyOfReading), key);
  if (found.found.length === 0) return { kind: 'unknown' };
  const all = [...new Set(found.found.flatMap(({ fileNo }) => fileNo ?? []))];
  if (all.length > mostFiles) found.isComplete = false;
  const fileNos = all.slice(0, mostFiles);
  const files = await readFiles(session, 'file_no = ANY($1::bigint[])', [fileNos]);
  const [station, , instant] = key;
  for (const { fileNo } of files) await readEvents(session, found, eventsOfFile, [fileNo]);
  await readEvents(session, found, eventsOfDeliveries(deliveriesOfMoment), [station, instant]);
  return storyOf(session, files, found);
}

const fileIdForm = /^[0-9a-f]{64}$/i;
const numberForm = /^[1-9]\d{0,14}$/;

async function findFiles(
  session: Session,
  item: string,
  account: string | undefined,
): Promise<readonly StoryFile[]> {
  if (fileIdForm.test(item)) return readFiles(session, `file_no = ${fileNoOf('$1')}`, [item]);
  const ofReception = await readFiles(
    session,
    'file_no = (SELECT file_no FROM receptions WHERE reception_id = $1 LIMIT 1)',
    [item],
  );
  if (ofReception.length > 0) return ofReception;
  if (numberForm.test(item)) {
    const numbered = await readFiles(session, 'file_no = $1', [Number(item)]);
    if (numbered.length > 0) return numbered;
  }
  return account === undefined
    ? readFiles(session, 'name = $1', [item])
    : readFiles(session, 'name = $1 AND account = $2', [item, account]);
}

function readFiles(
  session: Session,
  condition: string,
  params: readonly unknown[],
): Promise<readonly StoryFile[]> {
  return session.query<StoryFile>(
    `SELECT file_no AS "fileNo", encode(file_id, 'hex') AS "fileId", account, name, station, state, form,
            length(content) AS size, encode(content_hash, 'hex') AS "contentHash",
            sha256(content) = content_hash AS "isIntact"
     FROM (SELECT * FROM files WHERE ${condition} ORDER BY file_no DESC LIMIT ${mostFiles}) files
     LEFT JOIN station_keys USING (station_id) ORDER BY file_no DESC`,
    params,
  );
}

/** What was read, and whether it was all that there is. */
interface Found {
  readonly found: StoryEvent[];
  isComplete: boolean;
}

/** Adds the rows of each question. */
async function readEvents(
  session: Session,
  into: Found,
  selects: readonly string[],
  params: readonly unknown[],
): Promise<void> {
  for (const select of selects) {
    const limited = `${select} LIMIT ${mostListed + 1}`;
    const rows = await session.query<StoryEvent>(limited, params);
    if (rows.length > mostListed) into.isComplete = false;
    into.found.push(...rows.slice(0, mostListed));
  }
}

async function storyOf(
  session: Session,
  files: readonly StoryFile[],
  { found, isComplete }: Found,
): Promise<ItemStory> {
  const lines = await readLines(session, files);
  const events = found
    .map((event) =>
      event.what === 'reading' ? { ...event, lineText: lineOf(lines, event) } : event,
    )
    .toSorted((one, other) => +one.at - +other.at || rank(one) - rank(other));
  return {
    kind: 'story',
    files,
    events: events.map((event) => ({ ...event, text: describeStoryEvent(event) })),
    isComplete,
  };
}

type FileLines = ReadonlyMap<number, ReadonlyMap<number, string>>;

/** What one transaction did has one time: causes come before effects. */
const order: readonly StoryEvent['what'][] = [
  'received',
  'replay-requested',
  'recorded',
  'reading-superseded',
  'reading-withdrawn',
  'reading',
  'quarantined',
  'quarantine-ended',
  'replay-recorded',
  'assessment-ended',
  'assessed',
  'delivery-due',
  'delivery-decided',
  'delivery-ended',
  'delivery-withdrawn',
];
const rank = ({ what }: StoryEvent): number => order.indexOf(what);

/** Per file its lines by their numbers, counted as they were when its readings were read. */
async function readLines(session: Session, files: readonly StoryFile[]): Promise<FileLines> {
  const lines = new Map<number, ReadonlyMap<number, string>>();
  for (const { fileNo } of files) {
    const [row] = await session.query<{ content: Buffer }>(
      'SELECT content FROM files WHERE file_no = $1',
      [fileNo],
    );
    const decoded = row && decodeText(row.content);
    const split = decoded?.kind === 'text' ? splitRows(decoded.text, Infinity) : undefined;
    if (split !== undefined)
      lines.set(fileNo, new Map(split.rows.map(({ line, text }) => [line, text])));
  }
  return lines;
}

const longestLine = 200;

function lineOf(
  lines: FileLines,
  { fileNo, line }: Extract<StoryEvent, { what: 'reading' }>,
): string | null {
  const text = fileNo === null ? undefined : lines.get(fileNo)?.get(line);
  return text === undefined ? null : text.slice(0, longestLine);
}

const eventsOfFile = [
  `SELECT 'received' AS what, received_at AS at, file_no AS "fileNo", reception_id AS "receptionId", protocol,
          peer, account, folder, spool_id AS "spoolId", spool_sequence AS "spoolSequence"
   FROM receptions WHERE file_no = $1 ORDER BY received_at, reception_id`,
  `SELECT 'recorded' AS what, recorded_at AS at, file_no AS "fileNo", reception_id AS "receptionId", outcome,
          new_readings AS "newReadings", corrections, repeats, rejected_lines AS "rejectedLines", warnings,
          chain, chain_sequence AS "chainSequence", encode(chain_hash, 'hex') AS "chainHash"
   FROM receptions WHERE file_no = $1 ORDER BY received_at, reception_id`,
  `SELECT 'replay-requested' AS what, r.requested_at AS at, file_no AS "fileNo", reception_id AS "receptionId",
          actor, note, automatic
   FROM replays r JOIN replay_batches USING (batch_id) WHERE file_no = $1 ORDER BY r.requested_at`,
  `SELECT 'replay-recorded' AS what, recorded_at AS at, file_no AS "fileNo", reception_id AS "receptionId",
          actor, outcome, reason, withdrawn
   FROM replays JOIN replay_batches USING (batch_id)
   WHERE file_no = $1 AND recorded_at IS NOT NULL ORDER BY recorded_at`,
  `SELECT 'quarantined' AS what, quarantined_at AS at, file_no AS "fileNo", quarantine_id AS "quarantineId",
          reception_id AS "receptionId", reason, line, "column", expected, text AS "lineText"
   FROM quarantine WHERE file_no = $1 ORDER BY quarantine_id`,
  `SELECT 'quarantine-ended' AS what, resolved_at AS at, file_no AS "fileNo", quarantine_id AS "quarantineId",
          resolution, coalesce(discarded_by, resolved_by, '') AS by, discard_note AS note
   FROM quarantine WHERE file_no = $1 AND resolved_at IS NOT NULL ORDER BY quarantine_id`,
];

/** The readings that are meant: in both tables, by their key. */
interface ReadingKeys {
  readonly from: string;
  readonly of: (table: string) => string;
}

const keysOfFile: ReadingKeys = {
  from: `(SELECT file_no, station_id, data_from, data_to FROM files WHERE file_no = $1) f`,
  of: (table) =>
    `${table}.station_id = f.station_id AND ${table}.instant BETWEEN f.data_from AND f.data_to
     AND ${table}.file_no = f.file_no`,
};

const keyOfReading: ReadingKeys = {
  from: `(SELECT station_id, parameter_id, $3::timestamptz AS instant FROM station_keys, parameter_keys
          WHERE station = $1 AND parameter = $2) f`,
  of: (table) =>
    `(${table}.station_id, ${table}.parameter_id, ${table}.instant) = (f.station_id, f.parameter_id, f.instant)`,
};

function eventsOfReadings({ from, of }: ReadingKeys): readonly string[] {
  const names = (row: string) =>
    `JOIN station_keys ON station_keys.station_id = ${row}.station_id
     JOIN parameter_keys ON parameter_keys.parameter_id = ${row}.parameter_id`;
  const key = 'station, parameter, r.instant, r.revision';
  const reading = `'reading' AS what, r.recorded_at AS at, r.file_no AS "fileNo", ${key}, r.value, r.unit,
    r.raw_value AS "rawValue", r.raw_unit AS "rawUnit", r.status, r.flag, r.reasons, r.line`;
  const inOrder = 'ORDER BY r.instant, r.line, r.parameter_id, r.revision';
  const past = `FROM ${from} JOIN reading_revisions r ON ${of('r')} ${names('r')}`;
  // A verdict is of a reading, whichever file gave it.
  const judged = (table: string) =>
    `FROM ${from} JOIN readings r ON ${of('r')} ${names('r')}
     JOIN ${table} a ON (a.station_id, a.instant, a.parameter_id) = (r.station_id, r.instant, r.parameter_id)`;
  const verdict = `NULL::bigint AS "fileNo", station, parameter, r.instant, a.revision, a.flag, a.reasons`;
  return [
    `SELECT ${reading} FROM ${from} JOIN readings r ON ${of('r')} ${names('r')} ${inOrder}`,
    `SELECT ${reading} ${past} ${inOrder}`,
    `SELECT 'reading-superseded' AS what, r.superseded_at AS at, r.file_no AS "fileNo", ${key}, r.value
     ${past} WHERE r.withdrawn_by IS NULL ${inOrder}`,
    `SELECT 'reading-withdrawn' AS what, r.withdrawn_at AS at, r.file_no AS "fileNo", ${key}, r.withdrawn_by AS by
     ${past} WHERE r.withdrawn_by IS NOT NULL ${inOrder}`,
    `SELECT 'assessed' AS what, a.assessed_at AS at, ${verdict} ${judged('reading_assessments')} ORDER BY r.instant, a.assessed_at`,
    `SELECT 'assessed' AS what, a.assessed_at AS at, ${verdict} ${judged('reading_assessment_history')} ORDER BY r.instant, a.assessed_at`,
    `SELECT 'assessment-ended' AS what, a.superseded_at AS at, ${verdict} ${judged('reading_assessment_history')} ORDER BY r.instant, a.superseded_at`,
  ];
}

const deliveriesOfFile = `(SELECT * FROM deliveries WHERE file_no = $1
  UNION ALL SELECT * FROM deliveries WHERE more_files @> ARRAY[$1::bigint] AND file_no <> $1)`;
const deliveriesOfMoment = `(SELECT deliveries.* FROM deliveries JOIN station_keys USING (station_id)
  WHERE station = $1 AND data_instant = $2::timestamptz)`;

function eventsOfDeliveries(of: string): readonly string[] {
  const fields = `d.file_no AS "fileNo", d.delivery_id AS "deliveryId", d.target, d.file_name AS "fileName"`;
  return [
    `SELECT 'delivery-due' AS what, d.due_at AS at, ${fields}, d.data_instant AS "dataInstant"
     FROM ${of} d ORDER BY d.delivery_id`,
    `SELECT 'delivery-ended' AS what, d.ended_at AS at, ${fields}, d.state, d.attempts, d.receipt,
            d.failure_code AS "failureCode", d.failure
     FROM ${of} d WHERE d.ended_at IS NOT NULL ORDER BY d.delivery_id`,
    `SELECT 'delivery-decided' AS what, c.decided_at AS at, ${fields}, c.decision, c.state_before AS "stateBefore",
            c.actor, c.note
     FROM ${of} d JOIN delivery_decisions c USING (delivery_id) ORDER BY c.decision_id`,
    `SELECT 'delivery-withdrawn' AS what, d.withdrawn_at AS at, ${fields}, d.withdrawn_by AS by
     FROM ${of} d WHERE d.withdrawn_by IS NOT NULL ORDER BY d.delivery_id`,
  ];
}
