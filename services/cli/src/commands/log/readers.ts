import type { Configuration } from '@envigate/contracts';
import { forgetReader, listReaders } from '@envigate/postgres';
import { withStores } from '../../with-stores.ts';
import { localTime } from '../registry/local-time.ts';

/** Prints the readers of the event log, one a line. */
export async function printReaders(
  config: Configuration,
  { json = false }: { readonly json?: boolean },
): Promise<void> {
  requirePostgresLog(config);
  const readers = await withStores(config, ({ database }) => listReaders(database));
  for (const reader of readers) {
    const { consumer, stream, unread, movedAt, isRunning } = reader;
    const state = isRunning ? 'runs' : `stopped; last read ${localTime(movedAt)}`;
    console.log(
      json ? JSON.stringify(reader) : `${consumer}  ${stream}  ${unread} unread  ${state}`,
    );
  }
  if (readers.length === 0 && !json) console.log('nobody has read the event log yet');
}

export async function forget(
  consumer: string,
  config: Configuration,
  { unread = '0', json = false }: { readonly unread?: string; readonly json?: boolean },
): Promise<void> {
  if (!/^\d{1,15}$/.test(unread))
    throw new Error(`--unread must be a number of records, not '${unread}'`);
  requirePostgresLog(config);
  const readers = await withStores(config, ({ database }) =>
    forgetReader(database, consumer, Number(unread)),
  );
  for (const reader of readers) {
    console.log(
      json
        ? JSON.stringify(reader)
        : `forgot ${consumer} on ${reader.stream}: ${reader.unread} records are not kept for it any more`,
    );
  }
}

function requirePostgresLog(config: Configuration): void {
  if (config.eventLog.kind === 'postgres') return;
  throw new Error(
    'the event log is on Kafka, which keeps records by their age alone: kafka-consumer-groups.sh shows its groups',
  );
}
