import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface StallingProxy {
  readonly port: number;
  /** Connections that were opened to it so far. */
  readonly connections: number;
  /** Connections that are open now. */
  readonly open: number;
  /** The most that were open at a time. */
  readonly mostOpen: number;
  /** Bytes of the server that went through. */
  readonly passed: number;
  stop(): Promise<void>;
}

export interface StallingProxyOptions {
  /** Where it leads to; absent: it takes connections and never says a word. */
  readonly to?: number;
  /** Of each connection so many bytes of the server arrive, then nothing more; default all. */
  readonly bytes?: number;
}

/** A way to a server that falls silent, as a dead server behind a live firewall does. */
export async function startStallingProxy(
  options: StallingProxyOptions = {},
): Promise<StallingProxy> {
  const { to, bytes = Infinity } = options;
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  const keep = (socket: Socket, set: Set<Socket>): void => {
    set.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => set.delete(socket));
  };
  let [connections, mostOpen, allPassed] = [0, 0, 0];
  const server = createServer((client) => {
    connections += 1;
    keep(client, clients);
    mostOpen = Math.max(mostOpen, clients.size);
    client.resume();
    if (to === undefined) return;
    const upstream = connect(to, '127.0.0.1');
    keep(upstream, sockets);
    client.pipe(upstream);
    client.on('close', () => upstream.destroy());
    let left = bytes;
    upstream.on('data', (chunk: Buffer) => {
      const passed = chunk.subarray(0, Math.min(chunk.length, left));
      left -= passed.length;
      allPassed += passed.length;
      if (passed.length > 0) client.write(passed);
    });
    upstream.on('close', () => {
      if (left > 0) client.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    get open() {
      return clients.size;
    },
    get mostOpen() {
      return mostOpen;
    },
    get passed() {
      return allPassed;
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of [...sockets, ...clients]) socket.destroy();
      await closed;
    },
  };
}
