import { connect, type Socket } from 'node:net';
import { FTPError, type Client, type FTPContext, type FTPResponse } from 'basic-ftp';

/** Asks and waits for the final reply: `Client.send` takes "150 still at it" for one. */
export function request(ftp: FTPContext, command: string): Promise<FTPResponse> {
  return withoutStack(() =>
    ftp.handle(command, (reply, task) => {
      if (reply instanceof Error) task.reject(reply);
      else if (reply.code >= 200) task.resolve(reply);
    }),
  );
}

export type FTPReply = FTPResponse | FTPError;

/** Final replies, a "no" among them, in the order of the commands; with `error` the rest of them never came. */
interface FTPReplies {
  readonly replies: readonly [FTPReply, FTPReply?];
  readonly error?: Error;
}

/** Sends two commands in one packet. Rejects where not even the first is answered. */
export function requestTogether(
  ftp: FTPContext,
  first: string,
  second: string,
): Promise<FTPReplies> {
  const replies: FTPReply[] = [];
  return withoutStack(() => {
    const answered = ftp.handle(undefined, (reply, task) => {
      // After 421 nothing more comes.
      if (reply instanceof Error && (!(reply instanceof FTPError) || reply.code === 421)) {
        if (replies.length === 0) task.reject(reply);
        else task.resolve({ replies, error: reply });
        return;
      }
      if (!(reply instanceof Error) && reply.code < 200) return;
      replies.push(reply);
      if (replies.length === 2) task.resolve({ replies });
    });
    ftp.socket.cork();
    try {
      for (const command of [first, second]) ftp.send(command);
    } catch (error) {
      // A name with a line break: the first command may be on its way.
      ftp.closeWithError(error as Error);
    } finally {
      ftp.socket.uncork();
    }
    return answered as Promise<FTPReplies>;
  });
}

/**
 * Opens the data connection that the reply to EPSV offers, without waiting for it. It goes to the host of
 * the control connection, without TLS. Undefined where the reply offers none.
 */
export function openOffered(ftp: FTPContext, reply: FTPReply): Socket | undefined {
  const port = Number(/\(\|\|\|(\d{1,5})\|\)/.exec(reply.message)?.[1] ?? 0);
  const host = ftp.socket.remoteAddress;
  if (reply.code !== 229 || port < 1 || port > 65_535 || host === undefined) return undefined;
  const socket = connect({ host, port });
  ftp.dataSocket = socket;
  return socket;
}

/**
 * Stores a file by STOR, over the data connection that is open already where `isOpen`, else over a new
 * one. `Client.uploadFrom` makes three streams, an abort controller and a watchdog for each file, which
 * costs more processor time than the rest of the delivery of 320 bytes. The caller limits the time.
 *
 * The bytes do not wait for "150": the server reads them from the data connection once it has accepted
 * STOR, and drops them with the connection where it has not. Resolves once it has confirmed them and all
 * of them were sent.
 */
export async function upload(
  client: Client,
  path: string,
  bytes: Uint8Array,
  isOpen: boolean,
): Promise<FTPResponse> {
  const { ftp } = client;
  if (!isOpen) await withoutStack(() => client.prepareTransfer(ftp));
  const data = ftp.dataSocket;
  if (data === undefined) throw new Error('the data connection was closed before STOR');
  return withoutStack(() => {
    const stored = ftp.handle(`STOR ${path}`, (reply, task) => {
      if (reply instanceof Error) {
        ftp.dataSocket = undefined;
        task.reject(reply);
      } else if (reply.code >= 300) {
        throw new Error(`226 was expected after STOR: ${reply.message}`);
      } else if (reply.code >= 200) {
        const end = (): void => {
          ftp.dataSocket = undefined;
          task.resolve(reply);
        };
        if (data.writableFinished) end();
        else data.once('finish', end);
      }
    });
    // The control connection is silent as long as the transfer takes.
    ftp.socket.setTimeout(0);
    // What breaks the data connection reaches the handler by way of the client.
    data.end(bytes);
    return stored as Promise<FTPResponse>;
  });
}

/** basic-ftp writes out a stack trace for each command, though nobody reads it: a fifth of a delivery's cost. */
function withoutStack<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
