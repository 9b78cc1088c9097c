import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { arch, cpus, release, totalmem, uptime, version as systemVersion } from 'node:os';
import { promisify } from 'node:util';
import type { Configuration } from '@envigate/contracts';
import { messageOf, redactConfiguration, systemClock } from '@envigate/runtime';
import { findings } from './doctor.ts';
import { version } from './services.ts';

/**
 * Writes what somebody needs who looks for a fault from afar into one text file: to be read before it is sent.
 * Secrets are left out; names of accounts, stations and files, and addresses of senders are in the log.
 */
export async function writeSupportBundle(config: Configuration, file: string): Promise<void> {
  const sections: readonly (readonly [string, () => Promise<string>])[] = [
    ['program and machine', () => Promise.resolve(describeMachine())],
    ['configuration, without secrets', () => Promise.resolve(json(redactConfiguration(config)))],
    ['doctor', () => examineInLines(config)],
    ...addresses(config).flatMap(([name, url]) =>
      ['healthz', 'readyz', 'metrics'].map(
        (page) => [`${name}: /${page}`, () => fetchText(`${url}/${page}`)] as const,
      ),
    ),
    ['units', () => output('systemctl', ['list-units', '--all', '--no-pager', 'envigate*'])],
    ['log, the last 2,000 lines', () => output('journalctl', ['-u', 'envigate*', ...lastLines])],
  ];
  const parts: string[] = [];
  for (const [title, read] of sections)
    parts.push(
      `==== ${title}\n\n${await read().catch((error: unknown) => `(${messageOf(error)})`)}\n`,
    );
  await writeFile(file, parts.join('\n'), { mode: 0o600 });
  console.log(
    `${file}: đọc lại trước khi gửi, không có mật khẩu nhưng có tên tài khoản và địa chỉ · read it before you send it: no passwords, but names of accounts and addresses`,
  );
}

const lastLines = ['-n', '2000', '--no-pager', '-o', 'short-iso'];
const json = (value: unknown): string => JSON.stringify(value, undefined, 2);

function describeMachine(): string {
  const gigabytes = (totalmem() / 2 ** 30).toFixed(1);
  return [
    `envigate ${version}, Node.js ${process.versions.node}, written at ${systemClock().toISOString()}`,
    `${systemVersion()} ${release()} ${arch()}, ${cpus().length} processors, ${gigabytes} GiB, up ${Math.round(uptime() / 3600)} h`,
  ].join('\n');
}

async function examineInLines(config: Configuration): Promise<string> {
  const lines: string[] = [];
  for await (const { check, state, text, remedy } of findings(config))
    lines.push(`${state.padEnd(8)} ${check}: ${text.en}${remedy ? ` -> ${remedy.en}` : ''}`);
  return lines.join('\n');
}

/** Where this machine's services answer, as far as this configuration knows. */
function addresses({ operations, console: consoleServer }: Configuration) {
  return [
    ['operations', `http://${operations.host}:${operations.port}`],
    ['console', `http://${consoleServer.host}:${consoleServer.port}`],
  ] as const;
}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  return `${response.status}\n${await response.text()}`;
}

async function output(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 64 * 2 ** 20 });
  return stdout;
}
