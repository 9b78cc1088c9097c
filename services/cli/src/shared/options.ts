import { inBothLanguages, type BilingualText } from '@envigate/contracts';
import {
  describeTimeFault,
  officersTime,
  parseGivenTime,
  parseOfficersTime,
  textOfRefusedChange,
  type StopScope,
} from '@envigate/domain';

// What several commands are given. Each function throws where a text makes no sense; the message says what would.

export const oneObject = [
  '--json',
  'một đối tượng JSON mỗi dòng · one JSON object per line',
] as const;
export const ofStation = ['--station <code>', 'mã trạm · code of a station'] as const;
export const ofFacility = [
  '--facility <code>',
  'mã cơ sở: mọi trạm của cơ sở · code of a facility: all its stations',
] as const;
export const ofProvince = [
  '--province <code>',
  'mã tỉnh như trong tên tệp: mọi trạm của tỉnh · code of a province, as in file names: all its stations',
] as const;
export const ofAccount = ['--account <code>', 'mã tài khoản · code of an account'] as const;
export const fromTime = (what: BilingualText) =>
  [
    '--from <time>',
    inBothLanguages({ vi: `${what.vi} từ thời điểm`, en: `${what.en} from this time on` }),
  ] as const;
export const toTime = (what: BilingualText) =>
  [
    '--to <time>',
    inBothLanguages({ vi: `${what.vi} trước thời điểm`, en: `${what.en} before this time` }),
  ] as const;

/** Why a command cannot do what it was asked: what, where, and what to do, in both languages. */
export class CommandError extends Error {
  constructor(text: BilingualText, options?: ErrorOptions) {
    super(inBothLanguages(text), options);
    this.name = 'CommandError';
  }
}

/**
 * The time of `--name`, with its offset or as an officer writes it (25/03/2026 00:00, the clock of
 * Vietnam). How the latter was understood is reported on standard error, beside the command's answer.
 */
export function readTime(name: string, text: string): Date {
  const instant = parseGivenTime(text);
  if (instant === undefined) {
    const { vi, en } = describeTimeFault(text);
    throw new CommandError({ vi: `--${name}: ${vi}`, en: `--${name}: ${en}` });
  }
  if (parseOfficersTime(text) !== undefined)
    console.error(
      `--${name}: ${officersTime(instant, { withSeconds: true })} (UTC+7) · ${instant.toISOString()}`,
    );
  return instant;
}

export interface TimeRangeOptions {
  readonly from?: string;
  readonly to?: string;
}

/** `--from` and `--to`, where they are given. */
export function readTimeRange({ from, to }: TimeRangeOptions): {
  readonly from: Date | undefined;
  readonly to: Date | undefined;
} {
  const range = {
    from: from === undefined ? undefined : readTime('from', from),
    to: to === undefined ? undefined : readTime('to', to),
  };
  requireOrder(range);
  return range;
}

export function requireOrder({
  from,
  to,
}: {
  readonly from: Date | undefined;
  readonly to: Date | undefined;
}): void {
  if (from !== undefined && to !== undefined && from >= to)
    throw new CommandError({ vi: '--from phải trước --to', en: '--from must be before --to' });
}

/** One of the words that `name` takes, an option or an argument; undefined where it is not given. */
export function readChoice<T extends string>(
  name: string,
  text: string | undefined,
  choices: readonly T[],
): T | undefined {
  const choice = choices.find((known) => known === text);
  if (text === undefined || choice !== undefined) return choice;
  const list = choices.join(', ');
  throw new CommandError({
    vi: `${name} phải là một trong ${list}; giá trị đã nhập: '${text}'`,
    en: `${name} must be one of ${list}, not '${text}'`,
  });
}

export interface ScopeOptions {
  readonly station?: string;
  readonly facility?: string;
  readonly province?: string;
}

/** Whose stations `--station`, `--facility` or `--province` means, where one is given. */
export function readScope({ station, facility, province }: ScopeOptions): StopScope | undefined {
  const scopes = Object.entries({ station, facility, province }).flatMap(([kind, code]) =>
    code === undefined ? [] : [{ kind: kind as StopScope['kind'], code }],
  );
  if (scopes.length > 1) {
    const given = scopes.map(({ kind }) => `--${kind}`).join(', ');
    throw new CommandError({
      vi: `chỉ chọn một trong: ${given}`,
      en: `give only one of ${given}`,
    });
  }
  return scopes[0];
}

/** `--limit`, or its default. */
export function readLimit(
  text: string | undefined,
  { unlessGiven, most }: { readonly unlessGiven: number; readonly most: number },
): number {
  if (text === undefined) return unlessGiven;
  const limit = /^\d+$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= most) return limit;
  throw new CommandError({
    vi: `--limit phải là số từ 1 đến ${most}; giá trị đã nhập: '${text}'`,
    en: `--limit must be a number from 1 to ${most}, not '${text}'`,
  });
}

/** The number of a row or of a delivery; `list` is the command that shows them. */
export function readId(text: string, what: string, list: string): number {
  const id = Number(text);
  if (Number.isSafeInteger(id) && id >= 1) return id;
  throw new CommandError({
    vi: `'${text}' không phải số thứ tự hợp lệ (xem \`${list}\`)`,
    en: `'${text}' is not a valid ${what} number; \`${list}\` shows them`,
  });
}

/** What a change of the registry was refused for; any other error as it is. */
export function refusalOfChange(error: unknown): unknown {
  const text = textOfRefusedChange(error);
  return text === undefined ? error : new CommandError(text, { cause: error });
}
