import type { Configuration } from '@envigate/contracts';
import { probeTarget } from '@envigate/ministry';
import { exportRegistry } from '@envigate/postgres';
import { CommandError } from '../../options.ts';
import { withStores } from '../../with-stores.ts';

/** Tries a target of the registry step by step and prints each. Returns the exit status: 1 where one failed. */
export async function testTarget(
  code: string,
  config: Configuration,
  { upload = false, json = false }: { upload?: boolean; json?: boolean },
): Promise<number> {
  const { targets } = await withStores(config, ({ database }) => exportRegistry(database));
  const target = targets.find((known) => known.code === code);
  if (target === undefined) {
    const known = targets.map((one) => one.code).join(', ');
    throw new CommandError({
      vi: `không có máy chủ nhận '${code}'; các máy chủ nhận: ${known === '' ? 'chưa có' : known}`,
      en: `unknown target '${code}'; known: ${known === '' ? 'none' : known}`,
    });
  }
  const timeoutMs = config.forwarder.timeoutSeconds * 1_000;
  const steps = probeTarget(target, { timeoutMs, env: process.env, upload });
  let status = 0;
  for await (const { step, isDone, detail } of steps) {
    if (isDone === false) status = 1;
    const mark = isDone === undefined ? '-' : isDone ? 'ok' : 'failed';
    console.log(
      json
        ? JSON.stringify({ step, isDone: isDone ?? null, detail })
        : `${mark.padEnd(7)}${step}: ${detail}`,
    );
  }
  if (!json && !upload && status === 0 && target.kind !== 'https')
    console.log(
      'chưa gửi tệp nào; --upload gửi, đổi tên và xóa một tệp nhỏ · no file was sent; --upload stores, renames and removes a small file',
    );
  return status;
}
