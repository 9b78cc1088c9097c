import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface ScriptedFtp {
  readonly port: number;
  /** Command lines that came. */
  readonly lines: readonly string[];
  /** Sockets of either kind that are open. */
  readonly open: number;
  stop(): Promise<void>;
}

/** What the server answers to a command; undefined: nothing, for ever. */
export type Answers = (line: string, dataPort: number) => string | undefined;

/**
 * An FTP server of a few lines, for what no real one would do. Its data connections are accepted,
 * get `data`, and are never ended.
 */
export async function startScriptedFtp(answers: Answers, data = ''): Promise<ScriptedFtp> {
  const lines: string[] = [];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  };
  const dataServer = createServer((socket) => {
    keep(socket);
    socket.resume();
    socket.write(data);
  });
  await new Promise<void>((resolve) => dataServer.listen(0, '127.0.0.1', resolve));
  const dataPort = (dataServer.address() as AddressInfo).port;
  const server = createServer((socket) => {
    keep(socket);
    socket.write('220 scripted\r\n');
    let rest = '';
    socket.on('data', (chunk: Buffer) => {
      const parts = `${rest}${chunk.toString()}`.split('\r\n');
      rest = parts.pop() ?? '';
      for (const line of parts) {
        lines.push(line);
        const answer = answers(line, dataPort);
        if (answer !== undefined) socket.write(`${answer}\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    lines,
    get open() {
      return sockets.size;
    },
    async stop() {
      const closed = [server, dataServer].map(
        (one) => new Promise((resolve) => one.close(resolve)),
      );
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}

/** As a plain server with passive mode; `special` goes before it. */
export function plainAnswers(
  special: Answers = () => undefined,
  silent: readonly string[] = [],
): Answers {
  return (line, dataPort) => {
    const command = line.split(' ')[0] ?? '';
    if (silent.includes(command)) return undefined;
    const answer = special(line, dataPort);
    if (answer !== undefined) return answer;
    switch (command) {
      case 'USER':
        return '331 password';
      case 'PASS':
        return '230 in';
      case 'PWD':
        return '257 "/"';
      case 'EPSV':
        return `229 ok (|||${dataPort}|)`;
      case 'LIST':
      case 'RETR':
        return '150 here it comes';
      case 'SIZE':
        return '213 7';
      case 'MDTM':
        return '213 20260101000000';
      case 'CWD':
      case 'TYPE':
        return '250 ok';
      default:
        return '502 unknown';
    }
  };
}
