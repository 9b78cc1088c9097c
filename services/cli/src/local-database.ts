import { join, resolve } from 'node:path';
import type { Configuration } from '@envigate/contracts';
import { hasCluster } from '@envigate/postgres';
import { CommandError } from './options.ts';

/** The folder of the embedded database, which is used where database.url is not set. */
export function embeddedFolder({ dataDir }: Configuration): string {
  return resolve(join(dataDir, 'postgres'));
}

/** Whether the configuration leads to a database, or only to a place where one could be made. */
export async function hasDatabase(config: Configuration): Promise<boolean> {
  return config.database.url !== undefined || (await hasCluster(embeddedFolder(config)));
}

/**
 * For everything that works on an existing database. In the wrong folder, or without DATABASE_URL,
 * it would otherwise make a new one and answer from that.
 */
export async function requireDatabase(config: Configuration): Promise<void> {
  if (await hasDatabase(config)) return;
  const folder = embeddedFolder(config);
  throw new CommandError({
    vi:
      `không có cơ sở dữ liệu: chưa đặt database.url và không có cơ sở dữ liệu kèm theo trong ${folder}. ` +
      'Đặt DATABASE_URL, chỉ định tệp cấu hình bằng --config hoặc ENVIGATE_CONFIG, ' +
      'hoặc chạy lệnh trong thư mục của hệ thống. `envigate migrate` tạo cơ sở dữ liệu mới',
    en:
      `no database here: neither database.url nor an embedded one in ${folder}. ` +
      "Set DATABASE_URL, name the gateway's configuration file with --config or ENVIGATE_CONFIG, " +
      'or run this in the folder of the gateway. `envigate migrate` makes a new database',
  });
}
