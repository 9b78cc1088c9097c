import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { officersNumber } from '@envigate/domain';
import { pushFiles, type PushedFile } from '@envigate/ministry';
import { CommandError } from '../shared/options.ts';

export interface SendOptions {
  /** ftp://user:password@host:port/folder or sftp://… */
  readonly to: string;
}

/** Pushes files as a logger would, and prints each that the server has confirmed. */
export async function sendFiles(paths: readonly string[], { to }: SendOptions): Promise<void> {
  const url = parseTarget(to);
  try {
    for await (const { name, content } of pushFiles(url, filesOf(paths)))
      console.log(`đã gửi · sent ${name} (${officersNumber(content.length)} byte)`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      { vi: `không gửi được đến ${url.host}: ${why}`, en: `could not send to ${url.host}: ${why}` },
      { cause: error },
    );
  }
}

function parseTarget(to: string): URL {
  const url = URL.canParse(to) ? new URL(to) : undefined;
  if (url !== undefined && ['ftp:', 'sftp:'].includes(url.protocol) && url.username !== '')
    return url;
  throw new CommandError({
    vi: `--to phải là ftp://user:password@host:port/folder hoặc sftp://…; giá trị đã nhập: '${to}'`,
    en: `--to must be ftp://user:password@host:port/folder or sftp://…, not '${to}'`,
  });
}

/** One at a time: only the file that is being sent is in memory. */
async function* filesOf(paths: readonly string[]): AsyncGenerator<PushedFile> {
  for (const path of paths) yield { name: basename(path), content: await readFile(path) };
}
