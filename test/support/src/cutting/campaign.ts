import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '@envigate/runtime';
import type { LoneReceiver } from '../lone-receiver.ts';
import { isInstalled } from '../programs.ts';
import { killClient, killedClients } from './cut-client.ts';
import { cutOverFtp, ftpCuts } from './cut-ftp.ts';
import { cutOverSftp, openSftpWire, sftpCuts, uploadOverSftp } from './cut-sftp.ts';
import { FtpWire } from './ftp-wire.ts';
import { cutFile, type CutFile, type CutPlace } from './station-file.ts';

export interface CampaignOptions {
  readonly receiver: LoneReceiver;
  /** Of one account, with password and key. */
  readonly user: string;
  readonly password: string;
  readonly identityFile: string;
  readonly privateKey: string;
  /** For the files of clients that read files. */
  readonly dir: string;
  /** About how many transfers are cut, over all ways. */
  readonly cuts: number;
  readonly random: () => number;
}

/** A file whose transfer was cut, and which was then sent whole. */
export interface CutTransfer {
  readonly way: string;
  readonly file: CutFile;
}

export interface CampaignResult {
  readonly transfers: readonly CutTransfer[];
  /** Files that were acknowledged, cut or not: each must have been received. */
  readonly acknowledged: readonly CutFile[];
  /** Where the server answered otherwise than it must, in words. */
  readonly faults: readonly string[];
  /** Ways that could not be tried here, and why. */
  readonly skipped: readonly string[];
}

interface Way {
  readonly name: string;
  /** Of 100 cuts. */
  readonly share: number;
  readonly place: CutPlace;
  readonly door: 'ftp' | 'sftp';
  readonly cut: (file: CutFile) => Promise<void>;
}

const lanes = 8;
const hangingSessions = 16;
const busySessions = 4;
/** Of 100 cuts. */
const serverKillShare = 4;

/** Cuts transfers in every way, several at a time, and sends each file again whole. */
export class Campaign {
  readonly #options: CampaignOptions;
  readonly #transfers: CutTransfer[] = [];
  readonly #acknowledged: CutFile[] = [];
  readonly #faults: string[] = [];
  readonly #skipped: string[] = [];
  #number = 0;

  constructor(options: CampaignOptions) {
    this.#options = options;
  }

  async run(): Promise<CampaignResult> {
    const jobs = (await this.#ways()).flatMap((way) =>
      Array.from({ length: Math.ceil((way.share * this.#options.cuts) / 100) }, () => way),
    );
    shuffle(jobs, this.#options.random);
    await Promise.all(
      Array.from({ length: lanes }, async () => {
        for (let way = jobs.pop(); way !== undefined; way = jobs.pop()) await this.#cut(way);
      }),
    );
    const perKill = hangingSessions + busySessions;
    const kills = (serverKillShare * this.#options.cuts) / 100 / perKill;
    for (let kill = 0; kill < kills; kill += 1) await this.#killServer();
    const [transfers, acknowledged] = [this.#transfers, this.#acknowledged];
    return { transfers, acknowledged, faults: this.#faults, skipped: this.#skipped };
  }

  async #ways(): Promise<readonly Way[]> {
    const { random, receiver, user, privateKey } = this.#options;
    const hasTls = await FtpWire.offersTls(this.#ftp);
    if (!hasTls) this.#skipped.push('cuts of TLS connections: the server does not offer TLS');
    const overFtp = Object.entries(ftpCuts)
      .filter(([, { protection }]) => hasTls || protection === 'plain')
      .map(([name, way]) => ({
        ...({ name, share: 9, door: 'ftp', place: way.place } as const),
        cut: (file: CutFile) => cutOverFtp(this.#ftp, way, file, random),
      }));
    const sftp = { port: receiver.sftpPort, user, privateKey };
    const overSftp = Object.entries(sftpCuts).map(([name, cut]) => ({
      ...({ name, share: 4, door: 'sftp', place: 'anywhere' } as const),
      cut: (file: CutFile) => cutOverSftp(sftp, cut, file, random),
    }));
    const clients = Object.entries(killedClients);
    for (const [name, { program }] of clients.filter(([, client]) => !isInstalled(client.program)))
      this.#skipped.push(`${name}: ${program} is not installed`);
    const { ftpPort, sftpPort } = receiver;
    const killed = clients
      .filter(([, client]) => isInstalled(client.program))
      .map(([name, client]) => ({
        ...({ name, share: 2, door: 'ftp', place: 'anywhere' } as const),
        cut: (file: CutFile) =>
          killClient({ ...this.#options, ftpPort, sftpPort }, client, file, random),
      }));
    return [...overFtp, ...overSftp, ...killed];
  }

  get #ftp(): { port: number; user: string; password: string } {
    const { receiver, user, password } = this.#options;
    return { port: receiver.ftpPort, user, password };
  }

  #newFile(place: CutPlace): CutFile {
    this.#number += 1;
    return cutFile(this.#number, place, this.#options.random);
  }

  async #cut({ name, place, door, cut }: Way): Promise<void> {
    const file = this.#newFile(place);
    this.#transfers.push({ way: name, file });
    await this.#try(`${name}, ${file.name} at byte ${file.cutAt}`, () => cut(file));
    await this.#try(`${name}, ${file.name} sent again`, () =>
      door === 'ftp' ? this.#resendOverFtp([file]) : this.#resendOverSftp([file]),
    );
  }

  /** SIGKILL while files hang half sent and others are sent as fast as they are taken. */
  async #killServer(): Promise<void> {
    const { receiver, random } = this.#options;
    const hanging: { file: CutFile; end: () => void }[] = [];
    await this.#try('files that hang half sent', async () => {
      for (let number = 0; number < hangingSessions; number += 1) {
        const file = this.#newFile('anywhere');
        hanging.push({ file, end: await this.#hang(file, number) });
      }
    });
    // Logged in before, which takes longer than the time to the kill where the machine is busy.
    const wires = await Promise.all(
      Array.from({ length: busySessions }, () => FtpWire.open(this.#ftp)),
    );
    let isKilled = false;
    const busy = wires.map((wire) => this.#sendUntil(wire, () => isKilled));
    await sleep(50 + random() * 250);
    isKilled = true;
    await receiver.kill();
    const interrupted = await Promise.all(busy);
    for (const { end } of hanging) end();
    await receiver.startAgain();
    const files = [...hanging.map(({ file }) => file), ...interrupted];
    this.#transfers.push(...files.map((file) => ({ way: 'server killed', file })));
    await this.#try('files sent again after the server was killed', () =>
      this.#resendOverFtp(files),
    );
  }

  /** Every fourth over SFTP. */
  async #hang({ name, content, cutAt }: CutFile, number: number): Promise<() => void> {
    const { receiver, user, privateKey } = this.#options;
    const part = content.subarray(0, cutAt);
    if (number % 4 === 0) {
      const wire = await openSftpWire({ port: receiver.sftpPort, user, privateKey });
      wire.sftp.open(`/${name}`, 'w', (error, handle) => {
        if (error === undefined && part.length > 0)
          wire.sftp.write(handle, part, 0, part.length, 0, () => undefined);
      });
      return () => wire.socket.destroy();
    }
    const wire = await FtpWire.open(this.#ftp);
    const data = await wire.begin(name);
    data.write(part);
    return () => {
      wire.control.destroy();
      data.destroy();
    };
  }

  /** Sends files until the server is killed; the one that was on its way then. */
  async #sendUntil(wire: FtpWire, isKilled: () => boolean): Promise<CutFile> {
    for (;;) {
      const file = this.#newFile('anywhere');
      try {
        await wire.upload(file.name, file.content);
      } catch (error) {
        if (!isKilled()) this.#faults.push(`${file.name}, not cut: ${messageOf(error)}`);
        return file;
      }
      this.#acknowledged.push(file);
    }
  }

  async #resendOverFtp(files: readonly CutFile[]): Promise<void> {
    const wire = await FtpWire.open(this.#ftp);
    try {
      for (const file of files) {
        await wire.upload(file.name, file.content);
        this.#acknowledged.push(file);
      }
    } finally {
      wire.control.destroy();
    }
  }

  async #resendOverSftp(files: readonly CutFile[]): Promise<void> {
    const { receiver, user, privateKey } = this.#options;
    const wire = await openSftpWire({ port: receiver.sftpPort, user, privateKey });
    try {
      for (const file of files) {
        await uploadOverSftp(wire, file.name, file.content);
        this.#acknowledged.push(file);
      }
    } finally {
      wire.ssh.end();
    }
  }

  async #try(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#faults.push(`${what}: ${messageOf(error)}`);
    }
  }
}

function shuffle(items: Way[], random: () => number): void {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other]!, items[last]!];
  }
}
