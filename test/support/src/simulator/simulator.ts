import { pause } from '@envigate/runtime';
import type { Registry } from '@envigate/contracts';
import { AccountSender, type SentFile } from './account-sender.ts';
import { simulateStation } from './simulate-station.ts';
import { stationsOf } from './simulated-station.ts';
import { openFtp, openSftp, type Door } from './upload-session.ts';

export interface SimulatorOptions {
  readonly registry: Registry;
  readonly ftp: Door;
  readonly sftp: Door;
  /** '{account}' is replaced by the account's code. */
  readonly password: string;
  readonly seed: string;
  /** Files per second of all stations together. */
  readonly rate: number;
  /** Uploads after which it ends; absent: never. */
  readonly count?: number;
  /** UTC milliseconds of the first file; absent: such that the last one is of now. */
  readonly firstInstantMs?: number;
  readonly until: AbortSignal;
  readonly onSent: (sent: SentFile) => void;
  readonly onTrouble: (account: string, error: unknown) => void;
}

/** File names have seconds: a station cannot have two files in one. */
const shortestCadenceMs = 1_000;

/**
 * All stations of a registry at once, each by its own account. Resolves when `count` files were
 * acknowledged or `until` is aborted.
 */
export async function simulate(options: SimulatorOptions): Promise<void> {
  const stations = stationsOf(options.registry);
  if (stations.length === 0) throw new Error('the registry has no station with an enabled account');
  const paceMs = (stations.length / options.rate) * 1000;
  const cadenceMs = Math.max(shortestCadenceMs, paceMs);
  const firstInstantMs =
    options.firstInstantMs ?? firstInstant(options, stations.length, cadenceMs, paceMs);
  const lives = stations.map((station) => ({
    account: station.account,
    files: simulateStation(station, { seed: options.seed, firstInstantMs, cadenceMs }),
  }));
  const senders = new Map(
    stations.map(({ account, protocol }) => [account, newSender(account, protocol, options)]),
  );

  const startedAt = Date.now();
  let left = options.count ?? Infinity;
  for (let moment = 0; left > 0 && !options.until.aborted; moment++) {
    for (const [place, { account, files }] of lives.entries()) {
      const due = startedAt + (moment + place / lives.length) * paceMs;
      await sleepUntil(due, options.until);
      for (const file of files.next().value.slice(0, left)) {
        left -= 1;
        senders.get(account)?.send(file);
      }
    }
  }
  const all = [...senders.values()];
  if (!options.until.aborted) {
    const aborted = new Promise<void>((resolve) =>
      options.until.addEventListener('abort', () => resolve(), { once: true }),
    );
    await Promise.race([aborted, Promise.all(all.map((sender) => sender.idle()))]);
  }
  await Promise.all(all.map((sender) => sender.stop()));
}

/** Faster than a file per station and second means playing a past that ends now: files of the future are refused. */
function firstInstant(
  { count }: SimulatorOptions,
  stations: number,
  cadenceMs: number,
  paceMs: number,
): number {
  const nowMs = Math.floor(Date.now() / 1000) * 1000;
  if (paceMs >= cadenceMs) return nowMs;
  if (count === undefined)
    throw new Error(
      `without a count the rate is at most ${stations}: a file per station and second`,
    );
  return nowMs - Math.ceil(count / stations) * cadenceMs;
}

function newSender(
  account: string,
  protocol: 'ftp' | 'sftp',
  { ftp, sftp, password, onSent, onTrouble }: SimulatorOptions,
): AccountSender {
  const own = password.replaceAll('{account}', account);
  const open = () =>
    protocol === 'ftp' ? openFtp(ftp, account, own) : openSftp(sftp, account, own);
  return new AccountSender({ open, onSent, onTrouble });
}

async function sleepUntil(due: number, until: AbortSignal): Promise<void> {
  const ms = due - Date.now();
  if (ms > 0) await pause(ms, until);
}
