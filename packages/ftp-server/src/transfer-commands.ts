import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { TreeError, isWindowsPath, type AccountTree, type TreeEntry } from '@envigate/domain';
import { Transfer, type InterruptionReason, type PendingConnection } from './data-connection.ts';
import {
  factsLine,
  listingBytes,
  matchesPattern,
  msdosLine,
  parseListRequest,
  printable,
  sendListing,
  unixLine,
} from './listing.ts';
import { receiveUpload } from './receive-upload.ts';
import { reply, type Reply } from './reply.ts';
import {
  forAccount,
  forAccountWithArgument,
  type CommandSpec,
  type SessionState,
} from './session-state.ts';
import { locate, locateFile } from './tree-commands.ts';

/**
 * How the data connection is to be made: the client comes to us, or we go to the client (active mode),
 * unless the operator has turned that off. We go to the client's own address only, and to no port
 * below 1024: a server that connects to any address a client names can be made to attack others (the
 * bounce attack).
 */
export const connectionCommands = {
  PASV: forAccount((session, _argument, tree) => {
    if (session.epsvOnly) return reply(501, 'Only EPSV after EPSV ALL.');
    const address = session.environment.publicAddress ?? session.connection.localAddress;
    if (!isIPv4(address)) return reply(425, 'PASV is for IPv4; use EPSV.');
    return openPort(session, tree, (port) => {
      const numbers = [...address.split('.'), port >> 8, port & 255].join(',');
      return reply(227, `Entering Passive Mode (${numbers}).`);
    });
  }),

  EPSV: forAccount((session, argument, tree) => {
    const family = isIPv4(session.connection.localAddress) ? '1' : '2';
    const wanted = argument.trim().toUpperCase();
    if (wanted === 'ALL') {
      session.epsvOnly = true;
      return reply(200, 'EPSV ALL it is.');
    }
    if (wanted !== '' && wanted !== family) {
      return reply(522, `Network protocol not supported, use (${family}).`);
    }
    return openPort(session, tree, (port) =>
      reply(229, `Entering Extended Passive Mode (|||${port}|).`),
    );
  }),

  PORT: forAccount((session, argument) => {
    const numbers = /^(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})$/.exec(
      argument.trim(),
    );
    const [a, b, c, d, high, low] = (numbers ?? []).slice(1).map(Number);
    const isPort = high !== undefined && low !== undefined && high < 256 && low < 256;
    return connectTo(
      session,
      isPort ? { address: `${a}.${b}.${c}.${d}`, port: high * 256 + low } : undefined,
    );
  }),

  EPRT: forAccount((session, argument) => {
    const fields = /^([!-~])([12])\1([0-9A-Fa-f.:]+)\1(\d{1,5})\1$/.exec(argument.trim());
    const [, , family, address = '', port] = fields ?? [];
    const isAddress = family === '1' ? isIPv4(address) : isIPv6(address);
    return connectTo(session, isAddress ? { address, port: Number(port) } : undefined);
  }),
} as const satisfies Record<string, CommandSpec>;

async function openPort(
  session: SessionState,
  { account }: AccountTree,
  replyWith: (port: number) => Reply,
): Promise<Reply> {
  try {
    return replyWith(await session.data.openPassive(account));
  } catch (error) {
    const { environment, connection } = session;
    environment.emit('data-port-unavailable', { peer: connection.peer.address, err: error });
    return reply(425, 'No port for a data connection is free; try again later.');
  }
}

function connectTo(
  session: SessionState,
  target: { readonly address: string; readonly port: number } | undefined,
): Reply {
  const { environment, connection, epsvOnly } = session;
  if (!environment.activeMode) return reply(502, 'Active mode is not offered; use PASV or EPSV.');
  if (epsvOnly) return reply(501, 'Only EPSV after EPSV ALL.');
  if (target === undefined) return reply(501, 'No address and port that can be read.');
  const { address } = connection.peer;
  if (!isSameAddress(target.address, address) || target.port < 1024 || target.port > 65535) {
    environment.emit('active-mode-refused', { peer: address, ...target });
    return reply(501, 'Only your own address, and ports from 1024 on.');
  }
  session.data.openActive(target.port);
  return reply(200, 'The next transfer connects there.');
}

/** IPv6 addresses have many spellings. */
function isSameAddress(one: string, other: string): boolean {
  if (isIPv4(one) || isIPv4(other)) return one === other;
  const list = new BlockList();
  list.addAddress(other, 'ipv6');
  return list.check(one, 'ipv6');
}

/** What moves over the data connection: files in, listings out. */
export const transferCommands = {
  STOR: forAccountWithArgument((session, argument, tree) =>
    withData(session, (pending) => {
      const offset = session.restartAt;
      return store(session, argument, pending, tree, () => offset);
    }),
  ),
  APPE: forAccountWithArgument((session, argument, tree) =>
    withData(session, (pending) =>
      store(session, argument, pending, tree, (path) => endOf(session, tree, path)),
    ),
  ),
  // A name made up by the server would lose the station and the time that the sender's name states.
  STOU: forAccount(() => reply(502, 'Files need their own names; use STOR.')),
  RETR: forAccount((session) => {
    session.data.close();
    return reply(550, 'This server takes files and gives none back.');
  }),

  LIST: forAccount((session, argument, tree) =>
    withData(session, (pending) =>
      list(session, pending, argument, tree, async () => {
        const { path, pattern } = parseListRequest(argument);
        const { clock, listStyle } = session.environment;
        const entries = await entriesAt(tree, locate(session, path), pattern);
        if (listStyle === 'msdos') return entries.map(msdosLine);
        const now = clock();
        return entries.map((entry) => unixLine(entry, now));
      }),
    ),
  ),
  /** Names as the client can use them in its next command: behind the folder that it asked for. */
  NLST: forAccount((session, argument, tree) =>
    withData(session, (pending) =>
      list(session, pending, argument, tree, async () => {
        const { path, pattern } = parseListRequest(argument);
        const absolute = locate(session, path);
        const { kind } = await tree.stat(absolute);
        if (kind === 'file') return [printable(path)];
        const prefix = path === '' || path.endsWith('/') ? path : `${path}/`;
        const entries = await entriesAt(tree, absolute, pattern);
        return entries.map((entry) => printable(`${prefix}${entry.name}`));
      }),
    ),
  ),
  MLSD: forAccount((session, argument, tree) =>
    withData(session, (pending) =>
      list(session, pending, argument, tree, async () => {
        const entries = await tree.list(locate(session, argument));
        return entries.map((entry) => factsLine(entry, entry.name, session.facts));
      }),
    ),
  ),
} as const satisfies Record<string, CommandSpec>;

/** Gives a command the pending data connection, and ends what the transfer leaves behind. */
async function withData(
  session: SessionState,
  run: (pending: PendingConnection) => Promise<Reply>,
): Promise<Reply> {
  if (session.mustProtectData) {
    session.data.close();
    return reply(521, 'Data connections must be protected: send PROT P first.');
  }
  const pending = session.data.take();
  if (pending === undefined) return reply(425, 'Use PASV or EPSV first.');
  try {
    return await run(pending);
  } finally {
    pending.cancel();
    session.transfer = undefined;
    session.restartAt = 0;
  }
}

async function store(
  session: SessionState,
  argument: string,
  pending: PendingConnection,
  tree: AccountTree,
  offsetOf: (path: string) => number | Promise<number>,
): Promise<Reply> {
  const path = locateFile(session, argument);
  const { environment, actions } = session;
  const { emit, lingering, maxFileBytes } = environment;
  const { account } = tree;
  const startedAt = performance.now();
  const transfer = new Transfer(path);
  session.transfer = transfer;
  const upload = await tree.openUpload(path, {
    offset: await offsetOf(path),
    makesFolders: isWindowsPath(argument),
  });
  session.reportedSize = undefined;
  // Without waiting for the data connection: the client may make it before or after this.
  actions.send(reply(150, 'Send the file.'));
  const outcome = await receiveUpload({
    transfer,
    upload,
    pending,
    lingering,
    maxFileBytes,
    onActivity: actions.touch,
  });
  switch (outcome.kind) {
    case 'stored': {
      const seconds = (performance.now() - startedAt) / 1000;
      emit('upload-completed', { account, path, bytes: transfer.bytes, seconds });
      const { provisional } = outcome;
      const text = upload.notice ?? 'The file is stored.';
      if (provisional === undefined) return reply(226, text);
      const interrupt = (): Promise<void> => {
        emit('upload-aborted', { account, path, bytes: transfer.bytes, reason: 'control-lost' });
        return provisional.interrupt('control-lost');
      };
      return { code: 226, text, receipt: { confirm: () => provisional.confirm(), interrupt } };
    }
    case 'refused':
      throw outcome.error;
    case 'interrupted':
      emit('upload-aborted', { account, path, bytes: transfer.bytes, reason: outcome.reason });
      return replyToInterruption(outcome.reason);
  }
}

async function list(
  session: SessionState,
  pending: PendingConnection,
  argument: string,
  { account }: AccountTree,
  lines: () => Promise<readonly string[]>,
): Promise<Reply> {
  const { environment, actions } = session;
  const { emit, lingering, listings } = environment;
  const transfer = new Transfer(argument);
  session.transfer = transfer;
  const bytes = listingBytes(await lines());
  const giveBack = listings.take(account, bytes.length);
  try {
    actions.send(reply(150, 'Here comes the listing.'));
    const reason = await sendListing(bytes, pending, transfer, lingering);
    if (reason === undefined) return reply(226, 'The listing is complete.');
    emit('listing-aborted', { account, path: argument, reason });
    return replyToInterruption(reason);
  } finally {
    giveBack();
  }
}

function replyToInterruption(reason: InterruptionReason): Reply {
  switch (reason) {
    case 'no-data-connection':
      return reply(425, 'The data connection did not come.');
    case 'data-contested':
      return reply(425, 'Two connections came to the data port: neither is taken. Try again.');
    case 'data-not-secured':
      return reply(425, 'The data connection did not come to speak TLS.');
    case 'session-not-reused':
      return reply(522, 'The data connection must resume the TLS session of this one.');
    case 'client-aborted':
      return reply(426, 'Transfer aborted.');
    case 'data-lost':
      return reply(426, 'The data connection broke; the file is not taken.');
    case 'no-close-notify':
      return reply(426, 'The data ended without a TLS close_notify; the file is not taken.');
    case 'stalled':
      return reply(426, 'Nothing came for too long; the file is not taken.');
    case 'stopping':
      return reply(426, 'The server is stopping; send the file again.');
    case 'control-lost':
      // Nobody is left to read it.
      return reply(426, 'The control connection was lost.');
  }
}

/** A folder's entries, or the file itself, as `ls` has it. */
async function entriesAt(
  tree: AccountTree,
  path: string,
  pattern: string | undefined,
): Promise<readonly TreeEntry[]> {
  const entry = await tree.stat(path);
  if (entry.kind === 'file') return [entry];
  const entries = await tree.list(path);
  return pattern === undefined
    ? entries
    : entries.filter(({ name }) => matchesPattern(name, pattern));
}

/** Where APPE starts to write: at the size that SIZE reported in this session, otherwise at the file's end. */
async function endOf(session: SessionState, tree: AccountTree, path: string): Promise<number> {
  if (session.reportedSize?.path === path) return session.reportedSize.size;
  try {
    return (await tree.stat(path)).size;
  } catch (error) {
    if (error instanceof TreeError && error.code === 'not-found') return 0;
    throw error;
  }
}
