import type { Account, DropFolder } from '@envigate/contracts';
import {
  AccountAccess,
  placeInDropFolder,
  type OpenDropFolder,
  type RegistrySource,
} from '@envigate/domain';
import { messageOf, Mutex, type Clock, type Started, type Telemetry } from '@envigate/runtime';
import type { Spool, SpoolEntry } from '@envigate/spool';
import type { Intake } from '../hold/intake.ts';
import type { FileNames } from '../home/tree-names.ts';
import { DropFolderRun } from './drop-folder-run.ts';
import { readableName, type OpenAccount } from './judge-file.ts';
import { gauges, stayReasons, type DropEmit } from './telemetry.ts';
import type { WaitingFile } from './waiting-files.ts';

export interface DropFoldersParts {
  readonly registry: RegistrySource;
  readonly spool: Pick<Spool, 'needRoom'>;
  readonly intake: Pick<Intake, 'take' | 'mayBeCut'>;
  readonly open: OpenDropFolder;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly emit: DropEmit;
  readonly maxFileBytes: number;
  /** Whether files whose last line looks cut are doubted. */
  readonly holdsCut: boolean;
  readonly names: FileNames;
  /** How long a file that is empty or looks cut must be unchanged; default 10 min. */
  readonly unfinishedMs?: number;
  /** Of one folder, that are remembered at a time; default 131,072. */
  readonly maxWaitingFiles?: number;
  /** How often the registry is looked at; default 1 s. */
  readonly refreshMs?: number;
  /** How long `stop` waits for what is in hand; default 5 s. */
  readonly stopMs?: number;
}

interface Running {
  readonly folder: DropFolder;
  readonly run: DropFolderRun | undefined;
  trouble(): string | undefined;
  stop(): Promise<void>;
}

const defaultRefreshMs = 1000;
/** Servers end a transfer that stalls within five minutes (vsftpd) or ten; until then it may go on. */
const defaultUnfinishedMs = 600_000;
const defaultMaxWaitingFiles = 131_072;
const defaultStopMs = 5000;

export interface RunningDropFolders {
  /** Why files of a folder cannot be seen now; undefined where they can, or where it is not begun yet. */
  trouble(code: string): string | undefined;
}

/** Takes the files of all drop folders that the registry names, each by itself. */
export async function startDropFolders(
  parts: DropFoldersParts,
): Promise<Started<RunningDropFolders>> {
  const running = new Map<string, Running>();
  let known: unknown;
  const changes = new Mutex();
  const look = (): void => {
    const view = parts.registry.current();
    if (view === known) return;
    known = view;
    void changes.run(() => follow(parts, running, [...view.dropFolders.values()]));
  };
  exposeFolders(parts.telemetry, running);
  look();
  const timer = setInterval(look, parts.refreshMs ?? defaultRefreshMs);
  return {
    value: { trouble: (code) => running.get(code)?.trouble() },
    async stop() {
      clearInterval(timer);
      await changes.idle();
      await Promise.all([...running.values()].map((folder) => folder.stop()));
    },
  };
}

/** Ends what the registry no longer names so, begins what is new, and lets the others look again. */
async function follow(
  parts: DropFoldersParts,
  running: Map<string, Running>,
  folders: readonly DropFolder[],
): Promise<void> {
  const wanted = new Map(
    folders.filter(({ disabled }) => disabled !== true).map((folder) => [folder.code, folder]),
  );
  const isSame = (a: DropFolder, b: DropFolder | undefined): boolean =>
    JSON.stringify(a) === JSON.stringify(b);
  const ended = [...running].filter(([code, { folder }]) => !isSame(folder, wanted.get(code)));
  await Promise.all(ended.map(([, folder]) => folder.stop()));
  for (const [code] of ended) running.delete(code);
  for (const [code, folder] of wanted) {
    const before = running.get(code);
    if (before !== undefined) before.run?.lookAgain();
    else running.set(code, await begin(parts, folder));
  }
}

async function begin(parts: DropFoldersParts, folder: DropFolder): Promise<Running> {
  const { emit, clock, spool, intake } = parts;
  const { code, path } = folder;
  const unusable = (reason: string): Running => {
    emit('drop-folder-unusable', { folder: code, reason });
    return { folder, run: undefined, trouble: () => reason, stop: () => Promise.resolve() };
  };
  if (isInside(folder.moveTo, path)) return unusable(`moveTo lies inside of ${path}`);
  let run: DropFolderRun | undefined;
  try {
    const opened = await parts.open(folder, (hint) => run?.onHint(hint));
    const started = new DropFolderRun({
      folder,
      opened,
      clock,
      emit,
      accountOf: accountLookUp(parts),
      names: parts.names,
      needRoom: (bytes) => spool.needRoom(bytes),
      keep: (file, content) => keep(intake, folder, file, content),
      looksUnfinished: (file, content) =>
        content.length === 0 ||
        (parts.holdsCut && intake.mayBeCut({ ...entryOf(folder, file), content })),
      unfinishedMs: parts.unfinishedMs ?? defaultUnfinishedMs,
      maxWaitingFiles: parts.maxWaitingFiles ?? defaultMaxWaitingFiles,
    });
    run = started;
    emit('drop-folder-opened', { folder: code, path });
    const stopping = new AbortController();
    const done = started.run(stopping.signal);
    return {
      folder,
      run: started,
      trouble: () => started.trouble,
      async stop() {
        stopping.abort();
        let timer: NodeJS.Timeout | undefined;
        const patience = new Promise<void>(
          (resolve) => (timer = setTimeout(resolve, parts.stopMs ?? defaultStopMs)),
        );
        await Promise.race([done, patience]);
        clearTimeout(timer);
        await opened.close();
        emit('drop-folder-closed', { folder: code });
      },
    };
  } catch (error) {
    return unusable(messageOf(error));
  }
}

function isInside(path: string | undefined, folder: string): boolean {
  return path !== undefined && `${path}/`.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** Where files come from a folder, no address stands for who sent them. */
const noAddress = '-';

async function keep(
  intake: DropFoldersParts['intake'],
  folder: DropFolder,
  file: WaitingFile,
  content: Uint8Array,
): Promise<void> {
  await intake.take({ ...entryOf(folder, file), content, protocol: 'drop', peer: noAddress });
}

function entryOf(
  { account: fixedAccount }: DropFolder,
  { file, account }: WaitingFile,
): Pick<SpoolEntry, 'account' | 'folder' | 'name'> {
  const place = placeInDropFolder(file.path, fixedAccount);
  if (place === undefined) throw new Error(`${file.path} has no place`);
  return { account, folder: readableName(place.folder), name: readableName(place.name) };
}

/** Addresses say nothing here: who may put files into the folder is the other server's affair. */
function accountLookUp({
  registry,
  clock,
  maxFileBytes,
}: DropFoldersParts): (code: string) => OpenAccount | undefined {
  const accesses = new WeakMap<Account, AccountAccess>();
  return (code) => {
    const account = registry.current().accounts.get(code);
    if (account === undefined) return undefined;
    const access = accesses.get(account) ?? new AccountAccess(withoutAddresses(account));
    accesses.set(account, access);
    return {
      isOpen: access.closedTo('', clock().getTime()) === undefined,
      maxFileBytes: Math.min(maxFileBytes, account.quotas?.fileBytes ?? Infinity),
    };
  };
}

function withoutAddresses({ allowedAddresses: _, ...account }: Account): Account {
  return account;
}

function exposeFolders(telemetry: Telemetry, running: ReadonlyMap<string, Running>): void {
  const runs = (): (readonly [string, DropFolderRun])[] =>
    [...running].flatMap(([code, { run }]) => (run === undefined ? [] : [[code, run] as const]));
  telemetry.gauges(gauges.files, async () =>
    runs().flatMap(([folder, run]) => [
      { labels: { folder, state: 'waiting' }, value: run.count() },
      ...stayReasons.map((state) => ({ labels: { folder, state }, value: run.count(state) })),
    ]),
  );
  telemetry.gauges(gauges.scanAge, async () =>
    runs().map(([folder, run]) => ({ labels: { folder }, value: run.scanAgeSeconds })),
  );
}
