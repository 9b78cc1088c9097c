import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openBenchGround } from '../bench/bench-ground.ts';
import { median, memory, rate, type Figure } from '../bench/figure.ts';
import { publishFigures } from '../bench/publish-figures.ts';
import { writeSshKey } from '../ssh-key.ts';
import { ftpSession, growthWithIdle, sftpSession } from './idle-sessions.ts';
import {
  loadFtp,
  loadFtpBare,
  loadSftp,
  type LoadOptions,
  type LoadResult,
  type SessionKind,
} from './load.ts';
import { startOpenSsh } from './servers/openssh.ts';
import { startOurReceiver, type OurReceiver } from './servers/our-receiver.ts';
import type { ServerUnderTest } from './servers/server-under-test.ts';
import { startVsftpd } from './servers/vsftpd.ts';
import { mountSynchronousDisk, synchronousOptions } from './synchronous-disk.ts';

// `make bench-reception`: uploads of small files to our receiver, beside vsftpd and OpenSSH's own
// SFTP server on the same machine, in the same run, under the same load. Prints a table; appends
// one JSON line per figure to test/bench/results/. FTP has two loads, each named after its client:
// basic-ftp, whose 3,230 files/s at vsftpd are what was to be reached, and bare sockets, which ask
// more of a server than any client of which we know.
//
// The contest is held twice: on the disk as it is, where the others acknowledge what is in the page
// cache, and on one mounted sync,dirsync, where all acknowledge the same: the file is on the disk.

const { values: flags } = parseArgs({
  options: {
    protocols: { type: 'string', default: 'ftp,sftp' },
    /** Sessions kept open, and "login" for a login per file over 4 sessions at a time. */
    cases: { type: 'string', default: '1,4,16,login' },
    rounds: { type: 'string', default: '5' },
    /** Of each measurement. */
    seconds: { type: 'string', default: '3' },
    /** 0: memory is not measured. */
    idle: { type: 'string', default: '500' },
    /** The disk as it is, and one that is mounted sync,dirsync. */
    disks: { type: 'string', default: 'usual,synchronous' },
    /** Leaves a profile of our process there. */
    'cpu-profile': { type: 'string' },
  },
});
/** Not measured: servers run for months, ours is compiled as it runs. */
const warmUp = { sessions: 16, kind: 'kept', seconds: 4 } as const;
const sessionsWithLogins = 4;
const usualGoals = { ftp: 1, sftp: 2 } as const;
/** By the case; of every other number of sessions as of one. */
const synchronousGoals: Record<Contest['protocol'], Readonly<Record<string, number>>> = {
  ftp: { '1': 1.5, '16': 3, login: 1.2 },
  sftp: { '1': 1.5, '16': 5, login: 3 },
};
const idleLimitMegabytes = 100;
/** Rounds of the same measurement that differ by more were not of the same thing. */
const mostSpread = 2;

/** Where all servers of one contest keep their files. */
interface Place {
  readonly isSynchronous: boolean;
  /** Makes an empty folder there. */
  folder(name: string): Promise<string>;
}

interface Contest {
  readonly place: Place;
  readonly protocol: 'ftp' | 'sftp';
  /** Who uploads. */
  readonly clients: string;
  readonly ours: ServerUnderTest;
  readonly theirs: ServerUnderTest | undefined;
  readonly load: (options: LoadOptions) => Promise<LoadResult>;
}

const { dir, stops, folder, close } = await openBenchGround();
try {
  const figures = await measure();
  await publishFigures(figures, 'reception.jsonl');
} finally {
  await close();
}
process.exit();

async function measure(): Promise<Figure[]> {
  const figures: Figure[] = [];
  const disks = flags.disks.split(',');
  if (disks.includes('usual')) figures.push(...(await measureAt({ isSynchronous: false, folder })));
  if (!disks.includes('synchronous')) return figures;
  const disk = await mountSynchronousDisk(dir);
  if (disk === undefined) return figures;
  stops.push(() => disk.release());
  const onDisk = async (name: string): Promise<string> => {
    const path = join(disk.path, name);
    await mkdir(path);
    return path;
  };
  figures.push(...(await measureAt({ isSynchronous: true, folder: onDisk })));
  return figures;
}

/** Starts the servers with their files at the place, and ends them. */
async function measureAt(place: Place): Promise<Figure[]> {
  const running: (() => Promise<unknown>)[] = [];
  const started = <S extends { stop(): Promise<void> } | undefined>(server: S): S => {
    if (server !== undefined) running.push(() => server.stop());
    return server;
  };
  const identityFile = join(await place.folder('key'), 'key');
  const { privateKey, publicKey } = await writeSshKey(identityFile);
  const { isSynchronous } = place;
  try {
    const receiver = started(
      await startOurReceiver(await place.folder('ours'), publicKey, flags['cpu-profile']),
    );
    const figures: Figure[] = [];
    // First: a process that has worked has room for sessions left over. It is the same at each place.
    if (!isSynchronous) figures.push(...(await measureIdle(receiver, privateKey)));
    if (flags.protocols.split(',').includes('ftp')) {
      const theirs = started(await startVsftpd(await place.folder('vsftpd')));
      const contest = { place, protocol: 'ftp', ours: receiver.ftp, theirs } as const;
      figures.push(...(await compete({ ...contest, clients: 'basic-ftp', load: loadFtp })));
      figures.push(...(await compete({ ...contest, clients: 'bare sockets', load: loadFtpBare })));
    }
    if (flags.protocols.split(',').includes('sftp')) {
      const theirs = started(await startOpenSsh(await place.folder('openssh'), publicKey));
      const load = (options: LoadOptions): Promise<LoadResult> => loadSftp(options, identityFile);
      const contest = { place, protocol: 'sftp', ours: receiver.sftp, theirs } as const;
      figures.push(...(await compete({ ...contest, clients: 'ssh2', load })));
    }
    const held = await receiver.heldFiles();
    if (held > 0) throw new Error(`${held} files were held: not what is to be measured`);
    return figures;
  } finally {
    for (const stop of running.reverse()) await stop();
  }
}

async function measureIdle(receiver: OurReceiver, privateKey: string): Promise<Figure[]> {
  const idle = Number(flags.idle);
  if (idle === 0) return [];
  const figures: Figure[] = [];
  const sessions = [
    ['FTP', ftpSession(receiver.ftp)],
    ['SFTP', sftpSession(receiver.sftp, privateKey)],
  ] as const;
  for (const [protocol, open] of sessions) {
    const growth = await growthWithIdle(receiver, idle, open);
    figures.push(memory(`${idle} idle ${protocol} sessions`, growth, idleLimitMegabytes));
  }
  return figures;
}

async function compete(contest: Contest): Promise<Figure[]> {
  const { place, protocol, clients, ours, theirs, load } = contest;
  const where = place.isSynchronous ? `, disk mounted ${synchronousOptions}` : '';
  const figures: Figure[] = [];
  for (const server of [ours, theirs]) if (server !== undefined) await load({ server, ...warmUp });
  for (const what of flags.cases.split(',')) {
    const kind: SessionKind = what === 'login' ? 'login-per-file' : 'kept';
    const sessions = kind === 'kept' ? Number(what) : sessionsWithLogins;
    const who = sessions === 1 ? '1 session' : `${sessions} sessions`;
    const how = kind === 'kept' ? 'kept' : 'at a time, a login per file';
    const name = `${protocol.toUpperCase()}, ${who} ${how} (${clients})${where}`;
    console.log(name);
    const rates = { ours: [] as number[], theirs: [] as number[] };
    const once = async (side: 'ours' | 'theirs', server: ServerUnderTest): Promise<void> => {
      const before = await server.processorSeconds();
      const result = await load({ server, sessions, kind, seconds: Number(flags.seconds) });
      const perSecond = result.files / result.seconds;
      rates[side].push(perSecond);
      const micros = (seconds: number): string => ((seconds / result.files) * 1e6).toFixed(0);
      const served = micros((await server.processorSeconds()) - before);
      console.log(
        `  ${side.padEnd(7)} ${perSecond.toFixed(0)} files/s; processor a file: ` +
          `server ${served} µs, clients ${micros(result.clientCpuSeconds)} µs`,
      );
    };
    for (let round = 0; round < Number(flags.rounds); round += 1) {
      // In turn, and each first in every other round: what else the machine does hits both.
      const runs = [() => once('ours', ours), () => (theirs ? once('theirs', theirs) : undefined)];
      for (const run of round % 2 === 0 ? runs : runs.reverse()) await run();
    }
    for (const [side, perSecond] of Object.entries(rates))
      refuseSpread(`${name}, ${side}`, perSecond);
    if (theirs === undefined)
      console.log(`  nothing to compare with: ${median(rates.ours).toFixed(0)} files/s`);
    else
      figures.push(
        rate(
          name,
          median(rates.ours),
          median(rates.theirs),
          `${theirs.name}, ${place.isSynchronous ? 'synced by its disk' : 'which does not sync'}`,
          goalOf(contest, what),
        ),
      );
  }
  return figures;
}

function goalOf({ place, protocol }: Contest, what: string): number {
  if (!place.isSynchronous) return usualGoals[protocol];
  const goals = synchronousGoals[protocol];
  return goals[what] ?? goals['1'] ?? 1;
}

/**
 * Seen with vsftpd, a quarter as fast in some rounds: for six minutes after many files were removed,
 * ext4 is slow to make new ones.
 */
function refuseSpread(what: string, perSecond: readonly number[]): void {
  const [least, most] = [Math.min(...perSecond), Math.max(...perSecond)];
  if (most <= mostSpread * least) return;
  const rates = `${least.toFixed(0)} to ${most.toFixed(0)} files/s`;
  throw new Error(`${what}: ${rates} is no measurement; try again on a quiet machine and disk`);
}
