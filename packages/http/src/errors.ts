import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyBaseLogger, FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { HttpError, type Route } from './route.ts';

/** Every answer other than success, whoever found the fault: the route, fastify, or Node's parser. */
export interface ErrorBody {
  readonly code: string;
  readonly message: string;
}

export const errorSchema = {
  type: 'object',
  required: ['code', 'message'],
  properties: {
    code: { type: 'string', description: 'For programs; it stays the same.' },
    message: { type: 'string', description: 'For people.' },
  },
} as const;

/** Of faults that no route has named itself. */
const codes: Readonly<Record<number, string>> = {
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'request-timeout',
  413: 'body-too-large',
  414: 'address-too-long',
  415: 'media-type-unsupported',
  417: 'expectation-failed',
  431: 'headers-too-large',
};

const codeOf = (status: number): string => codes[status] ?? 'request-invalid';

/** Of routes and hooks, and of fastify before and while it looks for the route. */
export function answerError(
  error: FastifyError | HttpError,
  request: { readonly log: FastifyBaseLogger; readonly url?: string },
  reply: FastifyReply,
): FastifyReply {
  if (error instanceof HttpError) {
    return send(reply, error.status, { code: error.code, message: error.message });
  }
  const status = error.validation === undefined ? (error.statusCode ?? 500) : 400;
  if (status < 500) {
    const message =
      error.code === 'FST_ERR_BAD_URL'
        ? `the address '${request.url ?? ''}' cannot be read: after % stand two hexadecimal digits, of text in UTF-8`
        : error.message;
    return send(reply, status, { code: codeOf(status), message });
  }
  request.log.error({ err: error }, 'request failed');
  // The text of an unexpected error may hold what a stranger should not see.
  return send(reply, 500, {
    code: 'internal-error',
    message: 'Hệ thống gặp lỗi; xem nhật ký · internal error; see the log',
  });
}

function send(reply: FastifyReply, status: number, body: ErrorBody): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send(body);
}

/** 405 where the address has a route for another method, else 404. */
export function answerNotFound(
  routes: () => readonly Pick<Route, 'method' | 'path'>[],
): (request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  return ({ method, url }, reply) => {
    const path = url.replace(/\?.*$/s, '');
    const allowed = new Set(
      routes().flatMap((route) => (matches(route.path, path) ? [route.method] : [])),
    );
    if (allowed.size === 0) {
      return send(reply, 404, { code: codeOf(404), message: `no ${method} ${url}` });
    }
    const methods = [...allowed].join(', ');
    return send(reply.header('allow', methods), 405, {
      code: codeOf(405),
      message: `no ${method} ${url}; there is ${methods}`,
    });
  };
}

/** Whether the address is one of the path, `{…}` in it being anything. */
function matches(path: string, address: string): boolean {
  const parts = address.split('/');
  const expected = path.split('/');
  return (
    parts.length === expected.length &&
    expected.every((part, i) => (/^\{\w+\}$/.test(part) ? parts[i] !== '' : part === parts[i]))
  );
}

/** What Node finds before fastify sees a request, else answered in forms of their own or not at all. */
export function answerBeforeRouting(server: Server): void {
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const message = `the expectation '${request.headers.expect ?? ''}' cannot be met; only 100-continue can`;
    const body = JSON.stringify({ code: codeOf(417), message } satisfies ErrorBody);
    response
      .writeHead(417, { 'content-type': jsonType, 'content-length': Buffer.byteLength(body) })
      .end(body);
  });
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    // Without a listener of its own an error of the socket would end the process.
    socket.on('error', () => undefined);
    endWith(socket, 405, 'this server is no proxy: no CONNECT');
  });
}

/** Of bytes that are no request, or one that takes too long. Closes the connection. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return endWith(socket, 408, 'the request did not come whole in time');
    case 'HPE_HEADER_OVERFLOW':
      return endWith(socket, 431, 'the address and the headers together are too long');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return endWith(socket, 413, 'the extensions of a chunk are too long');
    default:
      return endWith(socket, 400, `this is no HTTP/1.1 request: ${error.message}`);
  }
}

const jsonType = 'application/json; charset=utf-8';
const phrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Payload Too Large',
  431: 'Request Header Fields Too Large',
};

function endWith(socket: Socket, status: number, message: string): void {
  const body = JSON.stringify({ code: codeOf(status), message } satisfies ErrorBody);
  const head = [
    `HTTP/1.1 ${status} ${phrases[status]}`,
    `content-type: ${jsonType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
