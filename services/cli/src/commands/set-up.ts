import { createInterface } from 'node:readline';
import type { Configuration } from '@envigate/contracts';
import { migrate } from '@envigate/postgres';
import { redactConfiguration, hashPassword } from '@envigate/runtime';
import { embeddedFolder, hasDatabase, withStores } from '../shared/stores.ts';
import { CommandError } from '../shared/options.ts';

/**
 * Brings tables and streams to this version, of a new embedded database where there is none. Safe
 * to run at any time, also by several at once.
 */
export async function migrateStores(config: Configuration): Promise<void> {
  const isNew = !(await hasDatabase(config));
  await withStores(
    config,
    async ({ database, eventLog }) => {
      if (isNew)
        console.log(
          `đã tạo cơ sở dữ liệu mới trong · made a new database in: ${embeddedFolder(config)}`,
        );
      const applied = await migrate(database, (line) => console.log(line));
      await eventLog.prepare();
      console.log(
        applied.length === 0
          ? 'không có thay đổi cấu trúc · nothing to migrate'
          : `đã áp dụng · applied: ${applied.join(', ')}`,
      );
    },
    { makesDatabase: true },
  );
}

/** Prints the configuration as JSON, without anything secret. */
export function printConfiguration(config: Configuration): void {
  console.log(JSON.stringify(redactConfiguration(config), undefined, 2));
  // Beside the configuration, which programs read.
  if (config.notifier.smtp.host !== undefined && config.answers.publicUrl === undefined)
    console.error(
      'answers.publicUrl chưa khai báo: thư gửi cơ sở không có đường dẫn phản hồi · is not set: mails to facilities have no link to answer by',
    );
}

/** Reads one line from standard input and prints its hash. */
export async function printPasswordHash(): Promise<void> {
  const lines = createInterface({ input: process.stdin });
  for await (const password of lines) {
    if (password === '')
      throw new CommandError({ vi: 'mật khẩu để trống', en: 'an empty password is refused' });
    console.log(await hashPassword(password));
    return;
  }
  throw new CommandError({
    vi: 'không có mật khẩu ở đầu vào chuẩn',
    en: 'no password on standard input',
  });
}
