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

/** Sends two commands in one packet. Resolves with both final replies; a "no" to one is no failure of the other. */
export function requestTogether(
  ftp: FTPContext,
  first: string,
  second: string,
): Promise<readonly [FTPReply, FTPReply]> {
  const replies: FTPReply[] = [];
  return withoutStack(() => {
    ftp.socket.cork();
    const both = ftp.handle(first, (reply, task) => {
      // After 421 nothing more comes.
      if (reply instanceof Error && (!(reply instanceof FTPError) || reply.code === 421)) {
        task.reject(reply);
        return;
      }
      if (!(reply instanceof Error) && reply.code < 200) return;
      replies.push(reply);
      if (replies.length === 2) task.resolve(replies);
    });
    ftp.send(second);
    ftp.socket.uncork();
    return both as Promise<[FTPReply, FTPReply]>;
  });
}

export type FTPReply = FTPResponse | FTPError;

/**
 * Stores a file by STOR. `Client.uploadFrom` makes three streams, an abort controller and a watchdog for each file,
 * which costs more processor time than the rest of the delivery of 320 bytes. The caller limits the time.
 *
 * The bytes do not wait for "150": the server reads them from the data connection once it has accepted STOR, and
 * drops them with the connection where it has not. Resolves once it has confirmed them and all of them were sent.
 */
export async function upload(
  client: Client,
  path: string,
  bytes: Uint8Array,
): Promise<FTPResponse> {
  const { ftp } = client;
  await withoutStack(() => client.prepareTransfer(ftp));
  return withoutStack(() => {
    let confirmation: FTPResponse | undefined;
    let isSent = false;
    let end: () => void = () => undefined;
    const stored = ftp.handle(`STOR ${path}`, (reply, task) => {
      if (reply instanceof Error) {
        ftp.dataSocket = undefined;
        task.reject(reply);
      } else if (reply.code >= 300) {
        throw new Error(`226 was expected after STOR: ${reply.message}`);
      } else if (reply.code >= 200) {
        confirmation = reply;
        end = () => {
          ftp.dataSocket = undefined;
          task.resolve(confirmation);
        };
        if (isSent) end();
      }
    });
    // The control connection is silent as long as the transfer takes.
    ftp.socket.setTimeout(0);
    // What breaks the data connection reaches the handler by way of the client.
    ftp.dataSocket?.once('finish', () => {
      isSent = true;
      end();
    });
    ftp.dataSocket?.end(bytes);
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
