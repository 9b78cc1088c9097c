import { findTime, type NameTime } from './find-time.ts';
import { readNameTime } from './name-time.ts';

/** A file name taken apart. Nothing is taken by position: loggers write two, three and four parts. */
export interface FileName {
  /** The name without its extension. */
  readonly stem: string;
  /**
   * What names the station, without the sign between it and the time: what is before the time,
   * else what is behind it; the whole stem where there is no time.
   */
  readonly prefix: string;
  /** The digits of the time: yyyyMMddHHmmss, yyyyMMddHHmm, yyyyMMddHH or yyyyMMdd; '' for none. */
  readonly time: string;
  /** What is behind the day may be a running number: the day alone is sure. */
  readonly mayEndInSerial: boolean;
}

/**
 * `TB_CAPH_NUOSXL_20260325000000.txt` → prefix `TB_CAPH_NUOSXL`, time `20260325000000`.
 * `nameTime` is how a profile says that the time is written, where findTime would not find it.
 */
export function parseFileName(name: string, nameTime?: string): FileName {
  const stem = withoutExtension(name);
  if (nameTime !== undefined) {
    const read = readNameTime(stem, nameTime);
    const { before, time } = read ?? { before: stem, time: '' };
    const prefix = read === undefined ? stem : withoutJoint(before);
    return { stem, prefix, time, mayEndInSerial: false };
  }
  return nameOf(stem, findTime(stem));
}

/** The same name where the place of the station's prefix in its stem is known: the rest has the time. */
export function aroundPrefix(stem: string, from: number, to: number): FileName {
  const prefix = stem.slice(from, to);
  const times = [findTime(stem.slice(0, from)), findTime(stem.slice(to))].filter(
    (time) => time !== undefined,
  );
  const [first, second] = times;
  const time = (second?.digits.length ?? 0) > (first?.digits.length ?? 0) ? second : first;
  return {
    ...{ stem, prefix, time: time?.digits ?? '' },
    mayEndInSerial: time?.mayEndInSerial === true,
  };
}

function nameOf(stem: string, time: NameTime | undefined): FileName {
  if (time === undefined) return { stem, prefix: stem, time: '', mayEndInSerial: false };
  const { from, to, digits, mayEndInSerial } = time;
  const before = withoutJoint(stem.slice(0, from));
  const prefix = before === '' ? stem.slice(to).replace(joints, '') : before;
  return { stem, prefix, time: digits, mayEndInSerial };
}

/** A date may be written with points: `T05_29.11.2026` ends in no extension. */
function withoutExtension(name: string): string {
  return name.replace(/\.(?!\d{2}(?!\d)|\d{4})[^.]*$/, '');
}

const joints = /^[_ .-]+|[_ .-]+$/g;

/** What is between prefix and time. */
function withoutJoint(prefix: string): string {
  return prefix.replace(/[_ .-]$/, '');
}
