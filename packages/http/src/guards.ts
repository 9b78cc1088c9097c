import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import type { BilingualText } from '@envigate/contracts';
import { HttpError } from './route.ts';

/** Who may change something over HTTP; under which names the server answers is admitHost's. */
export interface OperatorGuard {
  /** Address that the server listens on. */
  readonly host: string;
  /** Shared with those who may. */
  readonly operatorToken?: string | undefined;
}

/** Everything but looking changes something. */
export function changesSomething({ method }: { readonly method: string }): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

/** Of the request. */
interface AskedBy {
  readonly headers: IncomingHttpHeaders;
  /** `1.1` */
  readonly httpVersion: string;
}

/**
 * Throws an HttpError where a request that changes something may not: with a token set, whoever
 * does not bear it; without one, anybody where others than this machine can reach the server, be
 * it through a proxy or with a web page in a browser of this machine.
 */
export function admitOperator({ host, operatorToken }: OperatorGuard, asked: AskedBy): void {
  if (operatorToken === undefined) {
    const objection = objectionTo(host, asked);
    if (objection === undefined) return;
    throw new HttpError(403, 'operator-token-unset', {
      vi: `Chưa cho phép thay đổi qua HTTP: cần đặt console.operatorToken vì máy chủ ${objection.vi}`,
      en: `set console.operatorToken to allow changes: the server ${objection.en}`,
    });
  }
  const [, token] = /^Bearer +(\S+)$/i.exec(asked.headers.authorization ?? '') ?? [];
  if (token === undefined || !isSame(token, operatorToken)) {
    throw new HttpError(401, 'operator-unknown', {
      vi: 'Thao tác này làm thay đổi dữ liệu: thiếu hoặc sai mã xác thực của cán bộ quản trị (`Authorization: Bearer <console.operatorToken>`)',
      en: 'operator token missing or wrong: send `Authorization: Bearer <console.operatorToken>`',
    });
  }
}

/** What speaks against its being somebody on this machine; undefined where nothing does. */
function objectionTo(host: string, { headers, httpVersion }: AskedBy): BilingualText | undefined {
  if (!isLoopback(host)) return { vi: `lắng nghe trên ${host}`, en: `listens on ${host}` };
  const name = headers.host ?? '';
  if (!isLoopback(hostNameOf(name)))
    return { vi: `được truy cập với tên '${name}'`, en: `is asked for as '${name}'` };
  const ofProxy = Object.keys(headers).find((header) => proxyHeaders.test(header));
  if (ofProxy !== undefined)
    return {
      vi: `được truy cập qua proxy (trường '${ofProxy}')`,
      en: `is asked through a proxy (header '${ofProxy}')`,
    };
  // What nginx speaks by default, which then says nothing else of itself; no present client does.
  if (httpVersion === '1.0')
    return {
      vi: 'được truy cập bằng HTTP/1.0 như qua proxy',
      en: 'is asked with HTTP/1.0, as a proxy does',
    };
  const { origin } = headers;
  if (origin !== undefined && !isLoopbackOrigin(origin))
    return {
      vi: `được trang web '${origin}' truy cập`,
      en: `is asked by a web page of '${origin}'`,
    };
  return headers['sec-fetch-site'] === 'cross-site'
    ? { vi: 'được một trang web khác truy cập', en: 'is asked by another web page' }
    : undefined;
}

// Standard ones, and those that common proxies, balancers and CDNs add by themselves.
const proxyHeaders =
  /^(via|forwarded|x-forwarded(-.+)?|x-real-ip|x-client-ip|x-original-.+|x-cluster-client-ip|true-client-ip|cf-.+|x-envoy-.+|x-amzn-.+|x-arr-.+|x-proxy-.+|proxy-.+)$/;

function isLoopbackOrigin(origin: string): boolean {
  return URL.canParse(origin) && isLoopback(hostNameOf(new URL(origin).host));
}

/** Of equal length by hashing, so that the time it takes reveals nothing. */
function isSame(one: string, other: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}

/**
 * Throws an HttpError where the server is asked for under a name that is not its own. A web page
 * can make its own name lead to this machine (DNS rebinding) and would then read everything here
 * with the browser of whoever opened it; but it cannot make the browser ask for another name.
 * Addresses and `localhost` are always answered: nobody else's name is one of them.
 */
export function admitHost(hosts: readonly string[], host: string | undefined): void {
  // Programs without HTTP/1.1, as the health checks of some proxies; a browser always says it.
  if (host === undefined) return;
  const name = hostNameOf(host);
  if (isLoopback(name) || isIP(name) !== 0) return;
  if (hosts.some((known) => hostNameOf(known) === name)) return;
  const shown = name.slice(0, 255);
  throw new HttpError(421, 'host-unknown', {
    vi: `Máy chủ này không có tên '${shown}'; truy cập bằng địa chỉ IP hoặc thêm tên vào console.hosts`,
    en: `this server does not go by the name '${shown}'; ask for it by its address, or add the name to console.hosts`,
  });
}

/** `[::1]:8080` → `::1`, `Gateway.Local.:80` → `gateway.local` */
function hostNameOf(host: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(host.trim());
  const name = bracketed?.[1] ?? host.trim().replace(/:\d*$/, '');
  return name.toLowerCase().replace(/\.$/, '');
}

function isLoopback(name: string): boolean {
  if (name === 'localhost' || name.endsWith('.localhost') || name === '::1') return true;
  return isIP(name) === 4 && name.startsWith('127.');
}
