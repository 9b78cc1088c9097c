import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { SelfSignedCertificate } from '@envigate/runtime';
import type { Inbox } from './inbox.ts';
import { pourInto } from './pour-into.ts';

/** POST /files: the bytes as body, name in Content-Disposition; idempotent by Idempotency-Key. */
export function httpsInlet(
  inbox: Inbox,
  certificate: SelfSignedCertificate,
  token: string,
): Server {
  const { key, certificate: cert } = certificate;
  return createServer({ key, cert }, (request, response) => {
    take(inbox, token, request, response).catch((error: unknown) => {
      answer(response, { status: 500, text: String(error) });
    });
  });
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/**
 * 'drop': the connection ends without an answer; 'silence': it does not even end. 'flood', 'drip':
 * the answer does not end.
 */
type Reaction = Answer | 'drop' | 'silence' | 'flood' | 'drip';

async function take(
  inbox: Inbox,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const reaction = await react(inbox, token, request);
  if (reaction === 'silence') return;
  if (reaction === 'drop') {
    request.socket.destroy();
    return;
  }
  if (reaction === 'flood') {
    response.writeHead(201);
    pourInto(response, 'accepted ');
    return;
  }
  if (reaction === 'drip') {
    response.writeHead(201);
    const drip = setInterval(() => response.write('.'), 20);
    response.on('close', () => clearInterval(drip));
    return;
  }
  if (reaction.status === 503 || reaction.status === 429) response.setHeader('retry-after', '1');
  answer(response, reaction);
}

async function react(inbox: Inbox, token: string, request: IncomingMessage): Promise<Reaction> {
  const header = (name: string): string => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : '';
  };
  if (header('authorization') !== `Bearer ${token}`) return { status: 401, text: 'who are you?' };
  const [, encodedName = ''] =
    /filename\*=UTF-8''([^;]+)/.exec(header('content-disposition')) ?? [];
  const name = decodeURIComponent(encodedName);
  const key = header('idempotency-key').replace(/^"|"$/g, '');

  const earlier = inbox.acceptedBefore(key);
  const repeated = earlier && inbox.faults.take('https', name, ['conflict', 'in-process'])?.kind;
  if (repeated === 'conflict') return { status: 409, text: `${name} already exists` };
  if (repeated === 'in-process') return { status: 409, text: '' };
  const fault = inbox.faults.take('https', name, [
    'refuse',
    'never',
    'unavailable',
    'too-many',
    'end-session',
    'hang',
    'close',
    'lose-answer',
    'flood',
    'drip',
  ])?.kind;
  if (fault === 'end-session') return 'drop';
  if (fault === 'close') {
    await once(request, 'data');
    return 'drop';
  }
  const content = await readBody(request);
  if (fault === 'hang') return 'silence';
  if (fault === 'refuse') return { status: 422, text: `${name} is not in the official form` };
  if (fault === 'never') return { status: 413, text: `${name} is too large` };
  if (fault === 'too-many') return { status: 429, text: 'not so fast' };
  if (fault === 'unavailable') return { status: 503, text: 'under maintenance' };

  const sha256 = createHash('sha256').update(content).digest();
  if (header('content-digest') !== `sha-256=:${sha256.toString('base64')}:`)
    return { status: 400, text: 'the digest does not fit the bytes' };
  if (request.method !== 'POST' || name === '' || name.includes('/') || key === '')
    return { status: 400, text: 'expected POST with a file name and an Idempotency-Key' };

  if (earlier !== undefined && earlier.sha256 !== sha256.toString('hex'))
    return { status: 409, text: 'this Idempotency-Key was used for other bytes' };
  const resend = header('envigate-resend') === 'true';
  const arrival = { via: 'https', path: `/${name}`, content, resend, key } as const;
  await inbox.accept(arrival, earlier === undefined ? 'accepted' : 'repeat');
  if (fault === 'lose-answer') return 'drop';
  if (fault === 'flood' || fault === 'drip') return fault;
  // The same answer for every repetition: that is what the key is for.
  return {
    status: 201,
    text: `BNNMT-${createHash('sha256').update(key).digest('hex').slice(0, 12)}`,
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function answer(response: ServerResponse, { status, text }: Answer): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
}
