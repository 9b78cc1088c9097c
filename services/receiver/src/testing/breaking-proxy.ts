import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface BreakingProxy {
  readonly port: number;
  close(): void;
}

/**
 * Relays between an FTP client and a server on 127.0.0.1. Data connections bring every byte to the server
 * and are reset there, as by a network that fails at the last moment. Their client sees a proper end.
 */
export async function startBreakingProxy(serverPort: number): Promise<BreakingProxy> {
  const sockets = new Set<Socket>();
  const servers = new Set<Server>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  };
  const listen = async (take: (socket: Socket) => void): Promise<number> => {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      take(keep(socket)),
    );
    servers.add(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return (server.address() as AddressInfo).port;
  };

  const takeData = (client: Socket, port: number): void => {
    const upstream = keep(connect({ host: '127.0.0.1', port, noDelay: true }));
    client.on('data', (bytes: Buffer) => upstream.write(bytes));
    client.once('end', () => {
      client.end();
      // When the server has read all.
      setTimeout(() => upstream.resetAndDestroy(), 100);
    });
  };
  const takeControl = (client: Socket): void => {
    const upstream = keep(connect({ host: '127.0.0.1', port: serverPort, noDelay: true }));
    client.pipe(upstream);
    upstream.once('end', () => client.end());
    upstream.setEncoding('latin1').on('data', (text: string) => {
      void rewrite(text).then((replies) => client.write(replies, 'latin1'));
    });
  };
  const rewrite = async (text: string): Promise<string> => {
    const passive = /^227 .*?(\d+),(\d+)\)/m.exec(text);
    const extended = /^229 .*\|\|\|(\d+)\|/m.exec(text);
    if (passive === null && extended === null) return text;
    const real =
      passive === null ? Number(extended?.[1]) : Number(passive[1]) * 256 + Number(passive[2]);
    const port = await listen((socket) => takeData(socket, real));
    return passive === null
      ? `229 Ok (|||${port}|)\r\n`
      : `227 Ok (127,0,0,1,${port >> 8},${port & 255})\r\n`;
  };

  const port = await listen(takeControl);
  return {
    port,
    close() {
      for (const server of servers) server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
