import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { describeSchemaFault, type BilingualText } from '@envigate/contracts';
import type { FastifyBaseLogger, FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { HttpError, type Route } from './route.ts';

/** Every answer other than success, whoever found the fault: the route, fastify, or Node's parser. */
interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly messageVi: string;
}

export const errorSchema = {
  type: 'object',
  required: ['code', 'message', 'messageVi'],
  properties: {
    code: { type: 'string', description: 'For programs; it stays the same.' },
    message: { type: 'string', description: 'For people, in English.' },
    messageVi: { type: 'string', description: 'For people, in Vietnamese.' },
  },
} as const;

interface Fault {
  readonly code: string;
  /** Where the English is that of a library. */
  readonly vi: string;
}

/** Faults that no route has named itself, by their status. */
const faults: Readonly<Record<number, Fault>> = {
  404: { code: 'no-such-address', vi: 'Không có địa chỉ này' },
  405: { code: 'method-not-allowed', vi: 'Địa chỉ này không nhận phương thức đã gửi' },
  408: { code: 'request-timeout', vi: 'Yêu cầu chưa gửi xong trong thời gian cho phép' },
  413: { code: 'body-too-large', vi: 'Nội dung yêu cầu quá lớn' },
  414: { code: 'address-too-long', vi: 'Địa chỉ quá dài' },
  415: {
    code: 'media-type-unsupported',
    vi: 'Định dạng nội dung không được hỗ trợ; gửi nội dung JSON (content-type: application/json)',
  },
  417: {
    code: 'expectation-failed',
    vi: 'Không đáp ứng được yêu cầu Expect; chỉ hỗ trợ 100-continue',
  },
  431: { code: 'headers-too-large', vi: 'Địa chỉ và phần đầu của yêu cầu quá dài' },
};

const otherFault: Fault = { code: 'request-invalid', vi: 'Yêu cầu không hợp lệ' };

const faultOf = (status: number): Fault => faults[status] ?? otherFault;

function bodyOf(
  status: number,
  { en, vi }: { readonly en: string; readonly vi?: string },
): ErrorBody {
  const fault = faultOf(status);
  return { code: fault.code, message: en, messageVi: vi ?? fault.vi };
}

/** Of routes and hooks, and of fastify before and while it looks for the route. */
export function answerError(
  error: FastifyError | HttpError,
  request: { readonly log: FastifyBaseLogger; readonly url?: string },
  reply: FastifyReply,
): FastifyReply {
  if (error instanceof HttpError) {
    const { status, code, message, messageVi, retryAfterSeconds } = error;
    if (retryAfterSeconds !== undefined) void reply.header('retry-after', retryAfterSeconds);
    return send(reply, status, { code, message, messageVi });
  }
  const status = error.validation === undefined ? (error.statusCode ?? 500) : 400;
  if (status < 500) return send(reply, status, bodyOf(status, textOf(error, request.url ?? '')));
  request.log.error({ err: error }, 'request failed');
  // The text of an unexpected error may hold what a stranger should not see.
  return send(reply, 500, {
    code: 'internal-error',
    message: 'internal error; see the log',
    messageVi: 'Hệ thống gặp lỗi; xem nhật ký hệ thống',
  });
}

function textOf(
  { code, message, validation, validationContext }: FastifyError,
  url: string,
): { readonly en: string; readonly vi?: string } {
  if (code === 'FST_ERR_BAD_URL') {
    return {
      vi: `Không đọc được địa chỉ '${url}': sau dấu % phải là hai chữ số thập lục phân của nội dung UTF-8`,
      en: `the address '${url}' cannot be read: after % stand two hexadecimal digits, of text in UTF-8`,
    };
  }
  const [first] = validation ?? [];
  if (first !== undefined) return textOfSchemaFault(first, validationContext ?? '');
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY') return { en: message, vi: 'Nội dung JSON để trống' };
  if (code === 'FST_ERR_CTP_INVALID_JSON_BODY' || code === 'FST_ERR_CTP_INVALID_CONTENT_LENGTH')
    return { en: message, vi: 'Nội dung yêu cầu không phải JSON hợp lệ' };
  return { en: message };
}

type SchemaFault = NonNullable<FastifyError['validation']>[number];

/** What a schema found, named like fastify names it: `querystring/limit`. */
function textOfSchemaFault(fault: SchemaFault, context: string): BilingualText {
  const { path, expected, expectedVi } = describeSchemaFault(fault);
  return { vi: `${context}${path}: ${expectedVi}`, en: `${context}${path} ${expected}` };
}

function send(reply: FastifyReply, status: number, body: ErrorBody): FastifyReply {
  return reply.code(status).type('application/json; charset=utf-8').send(body);
}

/** 405 where the address has a route for another method, else 404. */
export function answerNotFound(
  routes: readonly Pick<Route, 'method' | 'path'>[],
): (request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  return ({ method, url }, reply) => {
    const path = url.replace(/\?.*$/s, '');
    const allowed = new Set(
      routes.flatMap((route) => (matches(route.path, path) ? [route.method] : [])),
    );
    if (allowed.size === 0) {
      const text = {
        vi: `Không có địa chỉ này: ${method} ${url}`,
        en: `no such address: ${method} ${url}`,
      };
      return send(reply, 404, bodyOf(404, text));
    }
    const methods = [...allowed].join(', ');
    const text = {
      vi: `Không có ${method} ${url}; chỉ có ${methods}`,
      en: `no ${method} ${url}; there is ${methods}`,
    };
    return send(reply.header('allow', methods), 405, bodyOf(405, text));
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
    const en = `the expectation '${request.headers.expect ?? ''}' cannot be met; only 100-continue can`;
    const body = JSON.stringify(bodyOf(417, { en }));
    response
      .writeHead(417, { 'content-type': jsonType, 'content-length': Buffer.byteLength(body) })
      .end(body);
  });
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    // Without a listener of its own an error of the socket would end the process.
    socket.on('error', () => undefined);
    endWith(socket, 405, {
      vi: 'Máy chủ này không phải proxy: không có CONNECT',
      en: 'this server is no proxy: no CONNECT',
    });
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
      return endWith(socket, 408, { en: 'the request did not come whole in time' });
    case 'HPE_HEADER_OVERFLOW':
      return endWith(socket, 431, { en: 'the address and the headers together are too long' });
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return endWith(socket, 413, {
        vi: 'Phần mở rộng của một khối dữ liệu (chunk) quá dài',
        en: 'the extensions of a chunk are too long',
      });
    default:
      return endWith(socket, 400, {
        vi: `Đây không phải yêu cầu HTTP/1.1: ${error.message}`,
        en: `this is no HTTP/1.1 request: ${error.message}`,
      });
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

function endWith(socket: Socket, status: number, text: Parameters<typeof bodyOf>[1]): void {
  const body = JSON.stringify(bodyOf(status, text));
  const head = [
    `HTTP/1.1 ${status} ${phrases[status]}`,
    `content-type: ${jsonType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
