import { userInfo } from 'node:os';
import type { Configuration, Release } from '@envigate/contracts';
import { holdReasonLabels, labelOf, officersNumber, protocolLabels } from '@envigate/domain';
import { CommandError } from '../shared/options.ts';
import { localTime } from '../shared/lists.ts';

export interface HeldOptions {
  /** Of the process that runs the receiver; default: where the configuration says. */
  readonly url?: string;
  readonly json?: true;
}

export interface DecisionOptions extends HeldOptions {
  readonly note?: string;
  /** Name of a file under a temporary name. */
  readonly as?: string;
}

interface HeldFile {
  readonly id: string;
  readonly account: string;
  readonly path: string;
  readonly size: number;
  readonly reason: Release['heldFor'];
  readonly detail: string;
  readonly since: string;
  readonly releasedAt: string | null;
  readonly protocol: string | null;
  readonly peer: string | null;
}

/** Prints the files that are held, the oldest first. */
export async function printHeld(config: Configuration, options: HeldOptions): Promise<void> {
  const { files } = await ask<{ files: readonly HeldFile[] }>(config, options, 'held');
  for (const file of files)
    console.log(options.json === true ? JSON.stringify(file) : describeHeld(file));
  if (files.length === 0 && options.json !== true)
    console.log('không có tệp tạm giữ · no file is held');
}

/** Prints what is known of a held file, and then its text. */
export async function showHeld(
  id: string,
  config: Configuration,
  options: HeldOptions,
): Promise<void> {
  const file = await ask<HeldFile & { content: string }>(config, options, pathOf(id));
  if (options.json === true) {
    console.log(JSON.stringify(file));
    return;
  }
  for (const [label, value] of describeFields(file))
    console.log(`${label.padEnd(34)}${value === '' ? '-' : value}`);
  console.log(`\n${Buffer.from(file.content, 'base64').toString('utf8')}`);
}

function describeFields(file: HeldFile): readonly (readonly [label: string, value: string])[] {
  const { id, account, path, size, reason, detail, since, releasedAt, protocol, peer } = file;
  return [
    ['Mã · Id', id],
    ['Tài khoản · Account', account],
    ['Tệp · File', path],
    ['Dung lượng · Size', `${officersNumber(size)} byte`],
    ['Lý do · Reason', describeReason(reason)],
    ['Chi tiết · Detail', detail],
    ['Tạm giữ từ · Held since', localTime(new Date(since))],
    ['Tiếp nhận lúc · Received as it is at', describeRelease(releasedAt)],
    ['Giao thức · Protocol', protocol === null ? '' : labelOf(protocolLabels, protocol)],
    ['Địa chỉ bên gửi · Sender', peer ?? ''],
  ];
}

function describeRelease(releasedAt: string | null): string {
  return releasedAt === null
    ? 'chờ cán bộ quyết định · until decided'
    : localTime(new Date(releasedAt));
}

/** Has a held file received as it is, or put into quarantine; prints where it is from now on. */
export async function decideHeld(
  decision: 'release' | 'discard',
  id: string,
  config: Configuration,
  options: DecisionOptions,
): Promise<void> {
  const { note, as } = options;
  const body = { actor: userInfo().username, ...(note && { note }), ...(as && { as }) };
  const path = `${pathOf(id)}/${decision}`;
  const reception = await ask<Readonly<Record<string, unknown>>>(config, options, path, body);
  const done =
    decision === 'release'
      ? 'đã tiếp nhận nguyên trạng · received as it is'
      : 'đã chuyển vào khu cách ly · put into quarantine';
  console.log(
    options.json === true
      ? JSON.stringify(reception)
      : `${done}: lượt nhận · reception ${String(reception['receptionId'])}, tệp · file ${String(reception['fileId'])}`,
  );
}

/**
 * Asks the process that runs the receiver: its operations server, or the console where both run in
 * one process. Throws with what the process said.
 */
async function ask<T>(
  config: Configuration,
  { url }: HeldOptions,
  path: string,
  body?: object,
): Promise<T> {
  const { operations, console: consoleServer } = config;
  const places = url === undefined ? [operations, consoleServer].map(urlOf) : [url];
  const { operatorToken } = consoleServer;
  const headers = {
    ...(body && { 'content-type': 'application/json' }),
    ...(operatorToken !== undefined && { authorization: `Bearer ${operatorToken}` }),
  };
  for (const place of places) {
    const response = await fetch(new URL(path, place.endsWith('/') ? place : `${place}/`), {
      method: body === undefined ? 'GET' : 'POST',
      headers,
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    }).catch(() => undefined);
    const answer = await response?.json().catch(() => undefined);
    if (response?.ok === true) return answer as T;
    // A process without a receiver has no such route.
    const { code, message, messageVi } = (answer ?? {}) as Partial<Record<string, string>>;
    if (response !== undefined && code !== 'no-such-address')
      throw new CommandError({
        vi: messageVi ?? `${place} trả lời ${response.status}`,
        en: message ?? `${place} answered ${response.status}`,
      });
  }
  throw new CommandError({
    vi: `không có dịch vụ nhận tệp nào phản hồi tại ${places.join(', ')} (chỉ định địa chỉ bằng --url)`,
    en: `no receiver answers at ${places.join(' or ')} (give its address with --url)`,
  });
}

function urlOf({ host, port }: { readonly host: string; readonly port: number }): string {
  const reachable = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

function pathOf(id: string): string {
  return `held/${encodeURIComponent(id)}`;
}

function describeHeld({ id, account, path, size, reason, since, releasedAt }: HeldFile): string {
  const until =
    releasedAt === null
      ? 'chờ cán bộ quyết định · until decided'
      : `đến · until ${localTime(new Date(releasedAt))}`;
  return (
    `${id.padEnd(26)} ${localTime(new Date(since))} ${until.padEnd(37)} ` +
    `${describeReason(reason).padEnd(60)} ${account} ${path} (${officersNumber(size)} byte)`
  );
}

/** A receiver of another version may name a reason that this one does not know. */
function describeReason(reason: HeldFile['reason']): string {
  const label = labelOf(holdReasonLabels, reason);
  return label === reason ? reason : `${reason}: ${label}`;
}
