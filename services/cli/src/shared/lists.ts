import type { Page } from '@envigate/contracts';
import { officersTime } from '@envigate/domain';

/** Every row of a list, page after page: a page may be empty and not be the last. */
export async function* followPages<Row, Place>(
  read: (after: Place | undefined) => Promise<Page<Row, Place>>,
): AsyncGenerator<Row> {
  let after: Place | undefined;
  do {
    const { rows, next } = await read(after);
    yield* rows;
    after = next;
  } while (after !== undefined);
}

/** The first rows of a list, `limit` at most, and whether there are more. */
export async function firstRows<Row, Place>(
  limit: number,
  read: (page: { after: Place | undefined; limit: number }) => Promise<Page<Row, Place>>,
): Promise<{ readonly rows: readonly Row[]; readonly hasMore: boolean }> {
  const rows: Row[] = [];
  for await (const row of followPages<Row, Place>((after) => read({ after, limit: limit + 1 }))) {
    if (rows.length === limit) return { rows, hasMore: true };
    rows.push(row);
  }
  return { rows, hasMore: false };
}

/** `25/03/2026 06:20:54` at +07:00, to the second, as lists of the terminal show times. */
export function localTime(instant: Date): string {
  return officersTime(instant, { withSeconds: true });
}
