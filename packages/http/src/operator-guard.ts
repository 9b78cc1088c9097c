import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { HttpError, type Route } from './route.ts';

/** Who may change something over HTTP. */
export interface OperatorGuard {
  /** Address that the server listens on. */
  readonly host: string;
  /** Shared with those who may. */
  readonly operatorToken?: string | undefined;
}

/** A GET changes nothing; everything else does. */
export function changesSomething({ method }: Pick<Route, 'method'>): boolean {
  return method !== 'GET';
}

/** Of the request. */
interface OperatorHeaders {
  readonly authorization?: string | undefined;
  readonly host?: string | undefined;
}

/**
 * Throws an HttpError where a request that changes something may not: with a token set, whoever
 * does not bear it; without one, anybody where others than this machine can reach the server, be
 * it through a proxy or a web page whose name leads here: both ask for another host.
 */
export function admitOperator(
  { host, operatorToken }: OperatorGuard,
  { authorization, host: askedFor = '' }: OperatorHeaders,
): void {
  if (operatorToken === undefined) {
    if (isLoopback(host) && isLoopback(withoutPort(askedFor))) return;
    const where = isLoopback(host) ? `is asked for as '${askedFor}'` : `listens on ${host}`;
    throw new HttpError(
      403,
      'operator-token-unset',
      `changes over HTTP are refused while the server ${where} and console.operatorToken is not set`,
    );
  }
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (token === undefined || !isSame(token, operatorToken)) {
    throw new HttpError(
      401,
      'operator-unknown',
      'this changes something: send console.operatorToken as Authorization: Bearer …',
    );
  }
}

/** Of equal length by hashing, so that the time it takes tells nothing. */
function isSame(one: string, other: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}

/** `[::1]:8080` → `::1` */
function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}
