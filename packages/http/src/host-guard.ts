import { isIP } from 'node:net';
import { HttpError } from './route.ts';

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
export function hostNameOf(host: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(host.trim());
  const name = bracketed?.[1] ?? host.trim().replace(/:\d*$/, '');
  return name.toLowerCase().replace(/\.$/, '');
}

export function isLoopback(name: string): boolean {
  if (name === 'localhost' || name.endsWith('.localhost') || name === '::1') return true;
  return isIP(name) === 4 && name.startsWith('127.');
}
