import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import { join } from 'node:path';
import { selfSignedCertificate } from '@envigate/runtime';
import { faultKinds, type Fault } from './faults.ts';
import { ftpInlet } from './ftp-inlet.ts';
import { httpsInlet } from './https-inlet.ts';
import { Inbox } from './inbox.ts';
import { Journal, type JournalEntry } from './journal.ts';

export interface MinistryStandInOptions {
  /** Kept between runs: accepted files below inbox/, journal.jsonl, ca.pem. */
  readonly folder: string;
  /** 0 or absent: any free port. */
  readonly ftpPort?: number;
  readonly httpsPort?: number;
  readonly controlPort?: number;
  readonly renames?: boolean;
  readonly readable?: boolean;
}

/** Where the inlets are and how to get in: what a registry's targets need. */
export interface MinistryAccess {
  readonly ftp: { readonly port: number; readonly user: string; readonly password: string };
  readonly https: { readonly port: number; readonly token: string; readonly caFile: string };
  /** Plain HTTP on loopback: GET /journal, PUT /faults. */
  readonly control: { readonly port: number };
  readonly journal: string;
}

export interface MinistryStandIn {
  readonly access: MinistryAccess;
  readonly entries: readonly JournalEntry[];
  /** Replaces the faults in force. */
  setFaults(faults: readonly Fault[]): Promise<void>;
  close(): Promise<void>;
}

const account = { user: 'so-tnmt', password: 'stand-in-password' };
const token = 'stand-in-token';

/** The ministry, as far as a forwarder can tell: an FTP and an HTTPS inlet that keep what they get. */
export async function startMinistryStandIn(
  options: MinistryStandInOptions,
): Promise<MinistryStandIn> {
  const { folder } = options;
  await mkdir(folder, { recursive: true });
  const journalPath = join(folder, 'journal.jsonl');
  const journal = await Journal.open(journalPath);
  const inbox = new Inbox(join(folder, 'inbox'), journal);
  const certificate = await selfSignedCertificate({
    commonName: 'Ministry stand-in',
    hosts: ['localhost', '127.0.0.1'],
    now: new Date(),
    days: 365,
  });
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, certificate.certificate);

  const ftp = new Door(
    ftpInlet(inbox, {
      ...account,
      renames: options.renames ?? true,
      readable: options.readable ?? true,
    }),
  );
  const https = new Door(httpsInlet(inbox, certificate, token));
  const setFaults = async (faults: readonly Fault[]): Promise<void> => {
    inbox.faults.set(faults);
    await Promise.all([
      ftp.setOpen(!inbox.faults.isDown('ftp')),
      https.setOpen(!inbox.faults.isDown('https')),
    ]);
  };
  const control = new Door(
    createServer((request, response) => {
      serveControl(inbox, setFaults, request, response).catch((error: unknown) => {
        response.writeHead(400).end(String(error));
      });
    }),
  );
  await Promise.all([
    ftp.open(options.ftpPort),
    https.open(options.httpsPort),
    control.open(options.controlPort),
  ]);
  return {
    access: {
      ftp: { port: ftp.port, ...account },
      https: { port: https.port, token, caFile },
      control: { port: control.port },
      journal: journalPath,
    },
    entries: journal.entries,
    setFaults,
    async close() {
      await Promise.all([ftp.close(), https.close(), control.close()]);
      await journal.close();
    },
  };
}

async function serveControl(
  inbox: Inbox,
  setFaults: (faults: readonly Fault[]) => Promise<void>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  switch (`${request.method} ${request.url}`) {
    case 'GET /journal':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(inbox.entries));
      return;
    case 'PUT /faults': {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const faults = JSON.parse(Buffer.concat(chunks).toString()) as Fault[];
      const unknown = faults.find(({ kind }) => !faultKinds.includes(kind));
      if (unknown !== undefined)
        throw new Error(`no fault '${unknown.kind}': expected one of ${faultKinds.join(', ')}`);
      await setFaults(faults);
      response.writeHead(204).end();
      return;
    }
    default:
      response.writeHead(404).end('GET /journal, PUT /faults');
  }
}

/** A server that can be shut and opened again on the same port, dropping whoever is inside. */
class Door {
  readonly #server: Server;
  readonly #inside = new Set<Socket>();
  port = 0;

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.#inside.add(socket);
      socket.on('close', () => this.#inside.delete(socket));
    });
  }

  async open(port = 0): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async setOpen(open: boolean): Promise<void> {
    if (open === this.#server.listening) return;
    await (open ? this.open(this.port) : this.close());
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#inside) socket.destroy();
    await closed;
  }
}
