import { stationFileCodec, type StationFile } from '@envigate/contracts';
import { formatLocalTime } from '@envigate/domain';
import { officialForm, readCorpus, type CorpusCase } from '../corpus/index.ts';

/** One station file in the three forms in which the two sides take it. */
export interface Sample {
  readonly file: StationFile;
  readonly content: Buffer;
  /** The message of station.files as it lies on the event log. */
  readonly message: Uint8Array;
}

export interface Workload {
  readonly name: string;
  readonly samples: readonly Sample[];
  /** What is between the cells. */
  readonly separator: string;
  readonly lines: number;
  readonly bytes: number;
}

const separators: Readonly<Record<string, string>> = {
  tab: '\t',
  semicolon: ';',
  comma: ',',
  blanks: ' ',
};
/** Files of stations as they are: five of all kinds of station, 5 to 26 lines each. */
const realOfficial = ['S01', 'S02', 'S04', 'S05-air', 'S05-water'];
const minutesApart = 5;
const maxFileBytes = 16_384;

/** The official form as real stations send it, and each other form of the corpus. */
export function workloads(filesEach: number): readonly Workload[] {
  const understood = readCorpus().filter(
    ({ expected, content }) => expected.kind === 'normalised' && content.length <= maxFileBytes,
  );
  const official = understood.filter(({ id }) => realOfficial.includes(id));
  if (official.length !== realOfficial.length) throw new Error('a real file is not in the corpus');
  const forms = new Set(understood.map(formOf));
  forms.delete(officialForm);
  return [
    workload(officialForm, official, filesEach),
    ...[...forms]
      .filter((form) => form.endsWith(' utf-8'))
      .sort()
      .map((form) =>
        workload(
          form,
          understood.filter((item) => formOf(item) === form),
          filesEach,
        ),
      ),
  ];
}

function formOf({ expected }: CorpusCase): string {
  return expected.kind === 'normalised' ? expected.form : '';
}

function workload(form: string, cases: readonly CorpusCase[], files: number): Workload {
  const samples = Array.from({ length: files }, (_, i) => {
    const golden = cases[i % cases.length];
    if (golden === undefined) throw new Error(`no file of the form ${form}`);
    return sampleOf(golden, Math.floor(i / cases.length));
  });
  return {
    name: form,
    samples,
    separator: separators[form.split(' ')[1] ?? ''] ?? '\t',
    lines: sum(samples.map(({ content }) => linesOf(content))),
    bytes: sum(samples.map(({ content }) => content.length)),
  };
}

/** The case as its station would send it `copy` intervals earlier: no two files have one time. */
function sampleOf(
  { account, name, folder, receivedAt, content }: CorpusCase,
  copy: number,
): Sample {
  const shift = (text: string) =>
    text.replace(/(?<!\d)20\d{12}(?!\d)/g, (time) => earlier(time, copy * minutesApart));
  const bytes = Buffer.from(shift(content.toString('latin1')), 'latin1');
  const file: StationFile = {
    type: 'station-file.v2',
    reception: {
      receptionId: '01KAAAAAAAAAAAAAAAAAAAAAAA',
      spoolId: 'bench',
      spoolSequence: copy + 1,
      receivedAt,
      protocol: 'ftp',
      peer: '10.0.0.1',
      account,
      folder,
      name: shift(name),
      size: bytes.length,
      contentHash: '0'.repeat(64),
      fileId: '0'.repeat(64),
    },
    content: bytes,
  };
  return { file, content: bytes, message: stationFileCodec.encode(file) };
}

/** yyyyMMddHHmmss, some minutes before. */
function earlier(time: string, minutes: number): string {
  const [year, month, day, hour, minute, second] = [0, 4, 6, 8, 10, 12].map((start, i) =>
    Number(time.slice(start, i === 0 ? 4 : start + 2)),
  ) as [number, number, number, number, number, number];
  return formatLocalTime(Date.UTC(year, month - 1, day, hour, minute - minutes, second), 0);
}

function linesOf(content: Buffer): number {
  return content
    .toString('latin1')
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '').length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
