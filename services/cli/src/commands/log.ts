import type { Configuration } from '@envigate/contracts';
import { officersNumber } from '@envigate/domain';
import { forgetReader, listReaders } from '@envigate/postgres';
import { CommandError } from '../shared/options.ts';
import { withStores } from '../shared/stores.ts';
import { localTime } from '../shared/lists.ts';

/** Prints the readers of the event log, one a line. */
export async function printReaders(
  config: Configuration,
  { json = false }: { readonly json?: boolean },
): Promise<void> {
  requirePostgresLog(config);
  const readers = await withStores(config, ({ database }) => listReaders(database));
  for (const reader of readers) {
    const { consumer, stream, unread, movedAt, isRunning } = reader;
    const state = isRunning
      ? 'đang chạy · runs'
      : `đã dừng, đọc lần cuối · stopped, last read: ${localTime(movedAt)}`;
    console.log(
      json
        ? JSON.stringify(reader)
        : `${consumer}  ${stream}  ${officersNumber(unread)} chưa đọc · unread  ${state}`,
    );
  }
  if (readers.length === 0 && !json)
    console.log('chưa có bên nào đọc nhật ký sự kiện · nobody has read the event log yet');
}

export async function forget(
  consumer: string,
  config: Configuration,
  { unread = '0', json = false }: { readonly unread?: string; readonly json?: boolean },
): Promise<void> {
  if (!/^\d{1,15}$/.test(unread))
    throw new CommandError({
      vi: `--unread phải là số bản ghi; giá trị đã nhập: '${unread}'`,
      en: `--unread must be a number of records, not '${unread}'`,
    });
  requirePostgresLog(config);
  const readers = await withStores(config, ({ database }) =>
    forgetReader(database, consumer, Number(unread)),
  );
  for (const reader of readers) {
    console.log(
      json
        ? JSON.stringify(reader)
        : `${consumer} (${reader.stream}): đã bỏ, không còn giữ ${officersNumber(reader.unread)} bản ghi · forgotten, ${reader.unread} records are not kept for it any more`,
    );
  }
}

function requirePostgresLog(config: Configuration): void {
  if (config.eventLog.kind === 'postgres') return;
  throw new CommandError({
    vi: 'nhật ký sự kiện nằm trên Kafka, bản ghi chỉ được giữ theo thời hạn: xem các nhóm đọc bằng kafka-consumer-groups.sh',
    en: 'the event log is on Kafka, which keeps records by their age alone: kafka-consumer-groups.sh shows its groups',
  });
}
