/**
 * Months of the record, in UTC, counted from January 1970: 2026-11 is 682.
 *
 * The numbers of files and of rows of quarantine have their month in front, `month << 36 | sequence`, so
 * that their tables are partitioned by the number alone. They stay below 2^53, so that they are exact in
 * JavaScript. `number_in_month` of migration 0027 gives them out.
 */
export type Month = number;

const numbersOfMonth = 2 ** 36;

export function monthOf(time: Date): Month {
  return (time.getUTCFullYear() - 1970) * 12 + time.getUTCMonth();
}

/** Its first moment. */
export function startOf(month: Month): Date {
  return new Date(Date.UTC(1970 + Math.floor(month / 12), month % 12, 1));
}

/** The least number that a row of the month may have. */
export function firstNumberOf(month: Month): number {
  return month * numbersOfMonth;
}

/** `2026_11`, as the names of partitions end. */
export function nameOf(month: Month): string {
  return startOf(month).toISOString().slice(0, 7).replace('-', '_');
}

/** The month that the name of a partition ends with; undefined where it ends otherwise. */
export function monthNamed(partition: string): Month | undefined {
  const [, year, month] = /_(\d{4})_(\d{2})$/.exec(partition) ?? [];
  return year === undefined ? undefined : (Number(year) - 1970) * 12 + Number(month) - 1;
}
