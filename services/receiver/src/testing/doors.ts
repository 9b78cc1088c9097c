import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFtpServer } from '@envigate/ftp-server';
import { silentLogger, type Logger, type Started } from '@envigate/runtime';
import { createSftpServer } from '@envigate/sftp-server';
import ssh2, { type Client, type ConnectConfig, type SFTPWrapper } from 'ssh2';
import type { Reception } from './reception.ts';

/** The real FTP and SFTP servers before a hall, on 127.0.0.1. */
export class Doors {
  readonly ftpPort: number;
  readonly sftpPort: number;
  readonly #stops: (() => Promise<void>)[];

  private constructor(ftpPort: number, sftpPort: number, stops: (() => Promise<void>)[]) {
    this.ftpPort = ftpPort;
    this.sftpPort = sftpPort;
    this.#stops = stops;
  }

  static async open(
    { hall, telemetry }: Reception,
    logger: Logger = silentLogger(),
  ): Promise<Doors> {
    const hostKeyDir = await mkdtemp(join(tmpdir(), 'envigate-host-keys-'));
    const common = { host: '127.0.0.1', port: 0, hall, logger, telemetry, idleSeconds: 60 };
    const ftp: Started<{ port: number }> = await createFtpServer({
      ...common,
      maxSessions: 100,
      maxFileBytes: 100_000,
    }).start();
    const sftp: Started<{ port: number }> = await createSftpServer({
      ...common,
      maxSessions: 100,
      hostKeyDir,
    }).start();
    return new Doors(ftp.value.port, sftp.value.port, [
      () => ftp.stop(),
      () => sftp.stop(),
      () => rm(hostKeyDir, { recursive: true, force: true }),
    ]);
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) await stop();
  }

  /** Rejects where the server does not let in. */
  async ssh(config: ConnectConfig): Promise<Client> {
    const client = new ssh2.Client();
    const ready = once(client, 'ready');
    client.on('error', () => undefined);
    client.connect({ host: '127.0.0.1', port: this.sftpPort, ...config });
    // Nagle's algorithm makes each request of ssh2 wait for an acknowledgement on Node.js 22 and later.
    client.setNoDelay(true);
    const closed = once(client, 'close').then(() => {
      throw new Error('the connection was closed');
    });
    await Promise.race([ready, closed]);
    closed.catch(() => undefined);
    return client;
  }
}

export function sftpOf(client: Client): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) =>
    client.sftp((error, sftp) => (error === undefined ? resolve(sftp) : reject(error))),
  );
}

export interface FtpReply {
  readonly code: number;
  readonly text: string;
}

/** An FTP client that sends any text, valid or not, byte for byte. */
export class FtpTalk {
  /** All that the server has said, on all connections. */
  heard = '';
  readonly #socket: Socket;
  #unread = '';
  #ended = false;
  #wake: () => void = () => undefined;

  private constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.on('error', () => undefined);
    this.#socket.on('data', (chunk: Buffer) => {
      this.heard += chunk.toString();
      this.#unread += chunk.toString();
      this.#wake();
    });
    this.#socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  static async connect(port: number): Promise<FtpTalk> {
    const talk = new FtpTalk(port);
    await talk.#reply();
    return talk;
  }

  static async loggedIn(port: number, user: string, password: string): Promise<FtpTalk> {
    const talk = await FtpTalk.connect(port);
    await talk.command(`USER ${user}`);
    const { code } = await talk.command(`PASS ${password}`);
    if (code !== 230) throw new Error(`the login of ${user} was answered ${code}`);
    return talk;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Code 0 where the server has hung up. */
  command(line: string): Promise<FtpReply> {
    this.#socket.write(`${line}\r\n`);
    return this.#reply();
  }

  /** A command with a data connection; what came over it, or what was sent. */
  async transfer(line: string, bytes?: Uint8Array): Promise<FtpReply & { readonly data: string }> {
    const port = /\|\|\|(\d+)\|/.exec((await this.command('EPSV')).text)?.[1];
    if (port === undefined) return { code: 0, text: '', data: '' };
    const socket = connect({ host: '127.0.0.1', port: Number(port) });
    let data = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => (data += chunk.toString()));
    const closed = once(socket, 'close');
    await once(socket, 'connect');
    let reply = await this.command(line);
    if (reply.code >= 100 && reply.code < 200) {
      if (bytes !== undefined) socket.end(bytes);
      reply = await this.#reply();
    }
    if (reply.code < 200 || reply.code >= 300) socket.destroy();
    await closed;
    this.heard += data;
    return { ...reply, data };
  }

  close(): void {
    this.#socket.destroy();
  }

  async #reply(): Promise<FtpReply> {
    for (;;) {
      const last = /^(\d{3}) .*\r\n/m.exec(this.#unread);
      if (last !== null) {
        const end = last.index + last[0].length;
        const text = this.#unread.slice(0, end);
        this.#unread = this.#unread.slice(end);
        return { code: Number(last[1]), text };
      }
      if (this.#ended) return { code: 0, text: '' };
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
