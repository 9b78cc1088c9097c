import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { selfSignedCertificate } from '@envigate/runtime';
import { faultKinds, inletKinds, type Fault, type InletKind } from './faults.ts';
import { FolderInlet, type FolderPolicy } from './folder-inlet.ts';
import { ftpInlet } from './ftp-inlet.ts';
import { httpsInlet } from './https-inlet.ts';
import { Inbox } from './inbox.ts';
import { Journal, type JournalEntry } from './journal.ts';
import { sftpInlet } from './sftp-inlet.ts';

export interface MinistryStandInOptions {
  /** Kept between runs: accepted files below inbox/, journal.jsonl, ca.pem. */
  readonly folder: string;
  /** 0 or absent: any free port. */
  readonly ftpPort?: number;
  readonly httpsPort?: number;
  readonly controlPort?: number;
  /** What the folder-like inlets allow; default everything. */
  readonly policy?: FolderPolicy;
}

/** Where the inlets are and how to get in: what a registry's targets need. */
export interface MinistryAccess {
  readonly ftp: { readonly port: number; readonly user: string; readonly password: string };
  readonly ftps: { readonly port: number; readonly caFile: string };
  readonly sftp: { readonly port: number; readonly hostKey: string };
  readonly https: { readonly port: number; readonly token: string; readonly caFile: string };
  /** Plain HTTP on loopback: GET /journal, PUT /faults. */
  readonly control: { readonly port: number };
  readonly journal: string;
}

export interface MinistryStandIn {
  readonly access: MinistryAccess;
  readonly entries: readonly JournalEntry[];
  /** What lies under a file's name now; undefined where nothing does. */
  read(via: InletKind, name: string): Promise<Buffer | undefined>;
  /** Temporary names that lie at a folder-like inlet. */
  parts(via: Exclude<InletKind, 'https'>): readonly string[];
  /** Replaces the faults in force. */
  setFaults(faults: readonly Fault[]): Promise<void>;
  close(): Promise<void>;
}

const account = { user: 'so-nnmt', password: 'stand-in-password' };
const token = 'stand-in-token';

/** The ministry, as far as a forwarder can tell: inlets of all kinds that keep what they get. */
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

  const policy = options.policy ?? {};
  const folders = {
    ftp: new FolderInlet(inbox, 'ftp', policy),
    ftps: new FolderInlet(inbox, 'ftps', policy),
    sftp: new FolderInlet(inbox, 'sftp', policy),
  };
  const sftp = sftpInlet(folders.sftp, account);
  const door = (kind: InletKind, server: Server): Door =>
    new Door((socket) => {
      if (!inbox.faults.take(kind, '', ['mute'])) server.emit('connection', socket);
    });
  const doors = {
    ftp: door('ftp', ftpInlet(folders.ftp, { via: 'ftp', ...account })),
    ftps: door('ftps', ftpInlet(folders.ftps, { via: 'ftps', ...account, tls: certificate })),
    sftp: door('sftp', createServer(sftp.serve)),
    https: door('https', httpsInlet(inbox, certificate, token)),
  };
  const setFaults = async (faults: readonly Fault[]): Promise<void> => {
    inbox.faults.set(faults);
    await Promise.all(inletKinds.map((kind) => doors[kind].setOpen(!inbox.faults.isDown(kind))));
  };
  const controlServer = createHttpServer((request, response) => {
    serveControl(inbox, setFaults, request, response).catch((error: unknown) => {
      response.writeHead(400).end(String(error));
    });
  });
  const control = new Door((socket) => void controlServer.emit('connection', socket));
  await Promise.all([
    doors.ftp.open(options.ftpPort),
    doors.ftps.open(),
    doors.sftp.open(),
    doors.https.open(options.httpsPort),
    control.open(options.controlPort),
  ]);
  return {
    access: {
      ftp: { port: doors.ftp.port, ...account },
      ftps: { port: doors.ftps.port, caFile },
      sftp: { port: doors.sftp.port, hostKey: sftp.hostKey },
      https: { port: doors.https.port, token, caFile },
      control: { port: control.port },
      journal: journalPath,
    },
    entries: journal.entries,
    read: (via, name) => inbox.read(via, `/${name}`),
    parts: (via) => folders[via].parts.map((path) => path.slice(1)),
    setFaults,
    async close() {
      await Promise.all([...inletKinds.map((kind) => doors[kind].close()), control.close()]);
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

  constructor(serve: (socket: Socket) => void) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#inside.add(socket);
      socket.on('close', () => this.#inside.delete(socket));
      socket.on('error', () => socket.destroy());
      serve(socket);
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
