import type { BilingualText } from '@envigate/contracts';
import {
  facilityCauseCodes,
  letterTooLarge,
  maxGapWords,
  objectionToExplanation,
  objectionToLetters,
  parseGivenTime,
  type FacilityAnswer,
  type FacilityCause,
  type OpenLink,
} from '@envigate/domain';
import type { Form } from '@envigate/http';

/** The form as it was filled in, to be shown again where something is wrong with it. */
export interface AnswerValues {
  /** Places of the gaps that it is about. */
  readonly gaps: readonly number[];
  readonly cause: string;
  readonly words: string;
  readonly remedy: string;
  readonly restart: string;
  readonly document: string;
  readonly name: string;
  readonly post: string;
  readonly telephone: string;
}
export type AnswerField = keyof AnswerValues | 'letters';

export type ReadAnswer =
  | { readonly kind: 'sound'; readonly answer: FacilityAnswer }
  | {
      readonly kind: 'faulty';
      readonly values: AnswerValues;
      readonly faults: ReadonlyMap<AnswerField, BilingualText>;
      /** Browsers do not let a page fill in files again. */
      readonly hadLetters: boolean;
    };

export function emptyValues(link: OpenLink): AnswerValues {
  return {
    gaps: link.gaps.map((_, place) => place),
    ...{ cause: '', words: '', remedy: '', restart: '' },
    ...{ document: '', name: '', post: '', telephone: '' },
  };
}

const maxLine = 200;

/** What a facility sent, or what is wrong with it at which field. */
export function readAnswer(
  { fields, files }: Form,
  link: OpenLink,
  now: Date,
  maxLetterBytes: number,
): ReadAnswer {
  // PostgreSQL has no text with a NUL in it.
  const text = (name: string): string =>
    (fields.get(name)?.[0] ?? '').replaceAll('\0', '').replaceAll('\r\n', '\n').trim();
  const values: AnswerValues = {
    gaps: placesOf(fields.get('gaps') ?? [], link),
    ...{ cause: text('cause'), words: text('words'), remedy: text('remedy') },
    ...{ restart: text('restart'), document: text('document') },
    ...{ name: text('name'), post: text('post'), telephone: text('telephone') },
  };
  const faults = new Map<AnswerField, BilingualText>();
  if (values.gaps.length === 0)
    faults.set('gaps', { vi: 'Chọn ít nhất một trạm.', en: 'Choose at least one station.' });
  if (!isCause(values.cause))
    faults.set('cause', { vi: 'Chọn nguyên nhân trong danh sách.', en: 'Choose a cause.' });
  if (values.name === '')
    faults.set('name', { vi: 'Nhập họ và tên người phản hồi.', en: 'Enter your name.' });
  for (const field of ['words', 'remedy'] as const)
    if (values[field].length > maxGapWords) faults.set(field, tooLong(maxGapWords));
  for (const field of ['document', 'name', 'post', 'telephone'] as const)
    if (values[field].length > maxLine) faults.set(field, tooLong(maxLine));
  const expectedRestart = values.restart === '' ? undefined : restartOf(values.restart);
  if (values.restart !== '' && expectedRestart === undefined)
    faults.set('restart', {
      vi: 'Nhập ngày và giờ theo giờ Việt Nam, ví dụ 25/03/2026 06:20.',
      en: 'Enter day and time of Vietnam, for example 25/03/2026 06:20.',
    });

  const cut = files.find(({ isCut }) => isCut);
  const objection =
    cut === undefined
      ? objectionToLetters(files, maxLetterBytes)
      : letterTooLarge(JSON.stringify(cut.name), maxLetterBytes);
  if (objection !== undefined) faults.set('letters', asSentence(objection));

  const { words, remedy, document, name, post, telephone } = values;
  if (isCause(values.cause) && !faults.has('cause')) {
    const explanation = { cause: values.cause, words, remedy, expectedRestart, document };
    const wrong = objectionToExplanation(explanation, now);
    if (wrong !== undefined)
      faults.set(values.cause === 'other' && words === '' ? 'words' : 'restart', asSentence(wrong));
    if (faults.size === 0)
      return {
        kind: 'sound',
        answer: { gaps: values.gaps, explanation, name, post, telephone, letters: files },
      };
  }
  return { kind: 'faulty', values, faults, hadLetters: files.length > 0 };
}

/** A link about one gap has no choice. */
function placesOf(given: readonly string[], { gaps }: OpenLink): readonly number[] {
  if (gaps.length === 1) return [0];
  return gaps.flatMap((_, place) => (given.includes(String(place)) ? [place] : []));
}

function isCause(code: string): code is FacilityCause {
  return (facilityCauseCodes as readonly string[]).includes(code);
}

/** As browsers send it, which say no zone: on the clock of Vietnam; or as officers write it. */
function restartOf(text: string): Date | undefined {
  return parseGivenTime(/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) ? `${text}:00+07:00` : text);
}

function tooLong(most: number): BilingualText {
  return { vi: `Tối đa ${most} ký tự.`, en: `${most} characters at most.` };
}

function asSentence({ vi, en }: BilingualText): BilingualText {
  const sentence = (text: string): string =>
    `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`;
  return { vi: sentence(vi), en: sentence(en) };
}
