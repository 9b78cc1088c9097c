import { readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { userInfo } from 'node:os';
import { inBothLanguages, type Configuration } from '@envigate/contracts';
import {
  gapCauseCodes,
  gapCauses,
  gapEntryLabels,
  gapStateLabels,
  labelOf,
  noticeKindLabels,
  type GapEntry,
  type GapExplanation,
  type GapRecordDesk,
  type RecordedGap,
  type RecordedGapEntry,
} from '@envigate/domain';
import { gapRecordDesk, revokeLinks } from '@envigate/postgres';
import { systemClock } from '@envigate/runtime';
import { localTime } from '../shared/lists.ts';
import { CommandError, readChoice, readId, readTime } from '../shared/options.ts';
import { withStores } from '../shared/stores.ts';

export interface GapEntryOptions {
  readonly note?: string;
  readonly json?: true;
  readonly person?: string;
  readonly question?: string;
  readonly cause?: string;
  readonly words?: string;
  readonly remedy?: string;
  readonly restart?: string;
  readonly document?: string;
  /** Paths of letters. */
  readonly letter?: readonly string[];
}

/** Prints a gap with what was stated of it. */
export async function showGapRecord(
  id: string,
  config: Configuration,
  options: { readonly json?: true; readonly letter?: string; readonly to?: string },
): Promise<void> {
  const gapId = readId(id, 'gap', 'gaps');
  await withDesk(config, async (desk) => {
    if (options.letter !== undefined) return saveLetter(desk, gapId, options);
    const gap = await desk.read(gapId);
    if (gap === undefined) throw notThere(gapId);
    print(gap, options);
  });
}

async function saveLetter(
  desk: GapRecordDesk,
  gapId: number,
  { letter: id = '', to }: { readonly letter?: string; readonly to?: string },
): Promise<void> {
  const letter = await desk.letter(gapId, readId(id, 'letter', `gaps show ${gapId}`));
  if (letter === undefined)
    throw new CommandError({
      vi: `khoảng gián đoạn ${gapId} không có tệp đính kèm ${id}`,
      en: `gap ${gapId} has no letter ${id}`,
    });
  const path = to ?? letter.name;
  // A file that is there is not overwritten: its name came from a stranger.
  await writeFile(path, letter.content, { flag: 'wx' });
  console.log(path);
}

/** Makes an entry in the record of a gap. */
export async function enterGapEntry(
  id: string,
  kind: GapEntry['kind'],
  config: Configuration,
  options: GapEntryOptions,
): Promise<void> {
  const gapId = readId(id, 'gap', 'gaps');
  const actor = userInfo().username;
  const entry = readEntry(kind, options, actor);
  const letters = await Promise.all(
    (options.letter ?? []).map(async (path) => ({
      name: basename(path),
      content: await readFile(path),
    })),
  );
  await withDesk(config, async (desk) => {
    const outcome = await desk.enter(gapId, { entry, actor, note: options.note ?? '', letters });
    switch (outcome.kind) {
      case 'not-found':
        throw notThere(gapId);
      case 'refused':
        throw new CommandError(outcome.reason);
      case 'recorded':
        print(outcome.gap, options);
    }
  });
}

/** Takes the links of a notice back. */
export async function revokeAnswerLinks(code: string, config: Configuration): Promise<void> {
  await withStores(config, async ({ database }) => {
    const revoked = await revokeLinks(database, code, userInfo().username);
    console.log(
      `đã thu hồi ${revoked} đường dẫn của ${code} · ${revoked} links of ${code} revoked`,
    );
  });
}

function readEntry(kind: GapEntry['kind'], options: GapEntryOptions, actor: string): GapEntry {
  switch (kind) {
    case 'cause': {
      const cause = readChoice('--cause', options.cause, gapCauseCodes) ?? 'unknown';
      const { words = '', remedy = '', document = '', restart } = options;
      const expectedRestart = restart === undefined ? undefined : readTime('restart', restart);
      return { kind, cause, words, remedy, document, expectedRestart };
    }
    case 'confirm':
      return { kind };
    case 'ask-back':
      return { kind, question: options.question ?? '' };
    case 'acknowledge':
      return { kind, person: options.person ?? actor };
    case 'hand-over':
      return { kind, person: options.person ?? '' };
  }
}

async function withDesk(
  config: Configuration,
  work: (desk: GapRecordDesk) => Promise<void>,
): Promise<void> {
  const maxLetterBytes = config.answers.maxLetterMegabytes * 1024 * 1024;
  await withStores(config, ({ database }) =>
    work(gapRecordDesk(database, systemClock, maxLetterBytes)),
  );
}

function print(gap: RecordedGap, { json }: { readonly json?: true }): void {
  if (json === true) {
    console.log(
      JSON.stringify({ ...gap, from: new Date(gap.from), to: gap.to && new Date(gap.to) }),
    );
    return;
  }
  for (const line of describe(gap)) console.log(line);
}

function describe({ gapId, station, parameter, from, to, record }: RecordedGap): readonly string[] {
  const { state, explanation, responsible, question, notices, entries } = record;
  const end = to === undefined ? 'đang gián đoạn · open' : localTime(new Date(to));
  const whose = parameter === undefined ? station : `${station} ${parameter}`;
  return [
    `${gapId}  ${whose}  ${localTime(new Date(from))} – ${end}  ${labelOf(gapStateLabels, state)}`,
    ...(explanation === undefined ? [] : describeExplanation(explanation)),
    ...(responsible === undefined ? [] : [`  phụ trách · responsible: ${responsible}`]),
    ...(question === undefined ? [] : [`  câu hỏi · question: ${question}`]),
    ...notices.map(
      ({ code, kind, audience, createdAt }) =>
        `  ${localTime(createdAt)}  ${code}  ${labelOf(noticeKindLabels, kind)}  → ${audience}`,
    ),
    ...entries.flatMap(describeEntry),
  ];
}

function describeExplanation(explanation: GapExplanation): readonly string[] {
  const { cause, words, remedy, expectedRestart, document } = explanation;
  return [
    `  nguyên nhân · cause: ${inBothLanguages(gapCauses[cause])}${words === '' ? '' : ` – ${words}`}`,
    ...(remedy === '' ? [] : [`  khắc phục · remedy: ${remedy}`]),
    ...(expectedRestart === undefined
      ? []
      : [`  dự kiến khôi phục · data again: ${localTime(expectedRestart)}`]),
    ...(document === '' ? [] : [`  văn bản · letter: ${document}`]),
  ];
}

function describeEntry({ kind, author, note, recordedAt, letters }: RecordedGapEntry): string[] {
  const who = [author.name, author.post, author.telephone].filter((part) => part !== '').join(', ');
  const from = author.source === 'facility' ? `${who} (cơ sở · facility)` : who;
  const why = note === '' ? '' : `: ${note}`;
  return [
    `  ${localTime(recordedAt)}  ${labelOf(gapEntryLabels, kind)}  ${from}${why}`,
    ...letters.map(
      ({ letterId, name, bytes }) => `      tệp · letter ${letterId}: ${name} (${bytes} byte)`,
    ),
  ];
}

function notThere(gapId: number): CommandError {
  return new CommandError({
    vi: `không có khoảng gián đoạn ${gapId}, hoặc đã được truyền bổ sung (xem \`envigate gaps\`)`,
    en: `no gap ${gapId}, or late data have filled it; \`envigate gaps\` shows them`,
  });
}
