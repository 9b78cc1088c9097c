import type { Page } from '@envigate/domain';

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

/** The first rows of a list, so many at most. */
export async function firstRows<Row, Place>(
  limit: number,
  read: (after: Place | undefined) => Promise<Page<Row, Place>>,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for await (const row of followPages(read)) {
    if (rows.push(row) === limit) break;
  }
  return rows;
}
