import type { Socket } from 'node:net';
import { BoundedSink, expectedServer } from '@envigate/runtime';
import { Client, FTPError, enterPassiveModeIPv6, type FTPResponse } from 'basic-ftp';
import { openOffered, request, requestTogether, upload, type FTPReply } from './ftp-requests.ts';
import {
  Refusal,
  meaningOfWords,
  measureThenRename,
  renameOrRefusal,
  type MeasuredRename,
  type Meaning,
  type RemoteFolder,
  type RemoteSize,
  type Renaming,
} from './remote-folder.ts';
import { Steps, maxAnswerBytes, transferMs } from './steps.ts';

interface FtpAccess {
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly secret: string | undefined;
  /** AUTH TLS, and never without it; `ca` is PEM, absent: the public authorities. */
  readonly tls: { readonly ca: string | undefined } | undefined;
  /** Absent: where the login leads to. Made where it is missing. */
  readonly folder: string | undefined;
}

/** Something that most servers can do: given up at the first failure, or at two in a row where it had worked. */
class Ability {
  #state: 'untried' | 'proven' | 'missing' = 'untried';

  get isProven(): boolean {
    return this.#state === 'proven';
  }

  get isMissing(): boolean {
    return this.#state === 'missing';
  }

  worked(): void {
    this.#state = 'proven';
  }

  failed(): void {
    this.#state = this.#state === 'proven' ? 'untried' : 'missing';
  }
}

/**
 * What sessions at one FTP server have learnt of it: whether it answers both of SIZE and RNFR, and of RNTO
 * and EPSV, that come in one packet. To be kept from session to session.
 */
export class FtpAbilities {
  readonly sizeWithRename = new Ability();
  readonly offerWithRename = new Ability();
}

/**
 * FTP and FTPS by basic-ftp, passive mode only, with data connections only to the host of the
 * control connection.
 */
export class FtpFolder implements RemoteFolder {
  readonly #client: Client;
  readonly #steps: Steps;
  readonly #abilities: FtpAbilities;
  readonly #watched = new WeakSet<Socket>();
  /** Opened for the next file. */
  #offered: Socket | undefined;
  /** Of answers in the step under way. */
  #answerBytes = 0;

  constructor(timeoutMs: number, abilities: FtpAbilities) {
    this.#abilities = abilities;
    // Its own limit comes second: ours says which step it was.
    this.#client = new Client(2 * timeoutMs, { allowSeparateTransferHost: false });
    this.#steps = new Steps(timeoutMs, () => this.#client.close());
    waitForReplies(this.#client);
  }

  get isEnded(): boolean {
    return this.#steps.isEnded;
  }

  async open(access: FtpAccess): Promise<void> {
    const { host, port, user, secret, tls, folder } = access;
    await this.#step(`log in at ${host}:${port}`, () => {
      const login = this.#client.access({
        host,
        port,
        ...(user !== undefined && { user }),
        ...(secret !== undefined && { password: secret }),
        ...(tls !== undefined && { secure: true, secureOptions: expectedServer(host, tls.ca) }),
      });
      // It has a new socket from now on.
      this.#watch();
      return login;
    });
    if (folder !== undefined) await this.#step('change folder', () => this.#enter(folder));
  }

  end(): void {
    this.#steps.end();
  }

  async store(name: string, bytes: Uint8Array): Promise<string> {
    const offered = this.#offered;
    this.#offered = undefined;
    if (offered === undefined || offered.destroyed || offered !== this.#client.ftp.dataSocket)
      return this.#store(name, bytes, false);
    try {
      return await this.#store(name, bytes, true);
    } catch (error) {
      // The server did not wait long enough for it.
      const code = error instanceof Refusal ? replyCode(error) : undefined;
      if (code !== 425 && code !== 426) throw error;
      return this.#store(name, bytes, false);
    }
  }

  async #store(name: string, bytes: Uint8Array, isOpen: boolean): Promise<string> {
    const store = () => upload(this.#client, pathOf(name), bytes, isOpen);
    return (await this.#step('send', store, transferMs(bytes.length))).message;
  }

  async sizeOf(name: string): Promise<RemoteSize> {
    try {
      return sizeIn(await this.#ask('SIZE', name));
    } catch (error) {
      if (!(error instanceof Refusal) || error.meaning === 'session-ended') throw error;
      return error.cause instanceof FTPError ? sizeRefusedBy(error.cause) : 'untold';
    }
  }

  async read(name: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const sink = new BoundedSink(name, maxBytes);
    try {
      const download = () => this.#client.downloadTo(sink, name);
      await this.#step('read back', download, transferMs(maxBytes));
    } catch (error) {
      if (error instanceof Refusal && error.isForGood) return undefined;
      throw error;
    }
    return sink.content();
  }

  async rename(from: string, to: string): Promise<string> {
    try {
      expectRenaming(await this.#ask('RNFR', from));
    } catch (error) {
      throw error instanceof Refusal ? ofOldName(error) : error;
    }
    return this.#renameTo(to);
  }

  /**
   * SIZE and RNFR go together: RNFR changes nothing before RNTO. A server that does not take commands together
   * loses the second, or takes both for one: what it has not done before is asked again, one by one.
   */
  async measureAndRename(rename: MeasuredRename): Promise<Renaming> {
    const { from, to, isRight, isFollowed } = rename;
    const ability = this.#abilities.sizeWithRename;
    if (ability.isMissing) return measureThenRename(this, rename);
    const [sized, named] = await this.#askForBoth(from);
    const size = sized instanceof FTPError ? sizeRefusedBy(sized) : sizeIn(sized);
    if (!isRight(size)) return { size, result: undefined };
    if (named instanceof FTPError) {
      if (ability.isProven) return { size, result: ofOldName(refusalOf(named)) };
      const result = await renameOrRefusal(this, from, to);
      if (typeof result === 'string') ability.failed();
      return { size, result };
    }
    expectRenaming(named);
    ability.worked();
    try {
      return { size, result: await this.#renameTo(to, isFollowed) };
    } catch (error) {
      if (error instanceof Refusal) return { size, result: error };
      throw error;
    }
  }

  async remove(name: string): Promise<boolean> {
    try {
      await this.#ask('DELE', name);
      return true;
    } catch (error) {
      if (error instanceof Refusal && error.meaning !== 'session-ended') return false;
      throw error;
    }
  }

  #ask(verb: string, name: string): Promise<FTPResponse> {
    this.#dropOffered();
    return this.#step(verb, () => request(this.#client.ftp, `${verb} ${pathOf(name)}`));
  }

  /** The replies to SIZE and RNFR. */
  async #askForBoth(name: string): Promise<readonly [FTPReply, FTPReply]> {
    try {
      return await this.#step('SIZE and RNFR', async () => {
        const [size, rename] = [`SIZE ${pathOf(name)}`, `RNFR ${pathOf(name)}`];
        const { replies, error } = await requestTogether(this.#client.ftp, size, rename);
        if (error !== undefined) throw error;
        return replies as [FTPReply, FTPReply];
      });
    } catch (error) {
      this.#abilities.sizeWithRename.failed();
      throw error;
    }
  }

  /** Where another file follows, its EPSV goes together with RNTO, and its data connection is opened at once. */
  async #renameTo(name: string, isFollowed = false): Promise<string> {
    const { ftp, prepareTransfer } = this.#client;
    const isAble = !ftp.hasTLS && prepareTransfer === enterPassiveModeIPv6;
    const mayPrepare = isFollowed && isAble && !this.#abilities.offerWithRename.isMissing;
    const command = `RNTO ${pathOf(name)}`;
    const { code, message } = mayPrepare
      ? await this.#askAndPrepare(command)
      : await this.#ask('RNTO', name);
    if (code >= 300) throw new Error(`250 was expected after RNTO: ${message}`);
    return message;
  }

  async #askAndPrepare(command: string): Promise<FTPResponse> {
    const { ftp } = this.#client;
    const ability = this.#abilities.offerWithRename;
    try {
      return await this.#step('RNTO and EPSV', async () => {
        const { replies } = await requestTogether(ftp, command, 'EPSV');
        const [reply, offer] = replies;
        if (reply instanceof FTPError) throw reply;
        if (offer !== undefined) {
          ability.worked();
          this.#offered = openOffered(ftp, offer);
        }
        return reply;
      });
    } catch (error) {
      if (!(error instanceof Refusal)) ability.failed();
      throw error;
    }
  }

  async #step<T>(what: string, work: () => Promise<T>, extraMs?: number): Promise<T> {
    this.#answerBytes = 0;
    this.#watch();
    try {
      return await this.#steps.run(what, work, extraMs);
    } catch (error) {
      // What a socket died of has a code too, in letters.
      if (!(error instanceof FTPError) || typeof error.code !== 'number') throw error;
      throw refusalOf(error);
    }
  }

  /** What was offered is for the very next command. */
  #dropOffered(): void {
    if (this.#offered === undefined) return;
    if (this.#client.ftp.dataSocket === this.#offered) this.#client.ftp.dataSocket = undefined;
    this.#offered = undefined;
  }

  async #enter(folder: string): Promise<void> {
    try {
      await this.#client.cd(folder);
    } catch (error) {
      if (!(error instanceof FTPError)) throw error;
      await this.#client.ensureDir(folder);
    }
  }

  /** basic-ftp bounds one answer; a server may send them without end. AUTH TLS changes the socket. */
  #watch(): void {
    const { socket } = this.#client.ftp;
    if (this.#watched.has(socket)) return;
    this.#watched.add(socket);
    socket.on('data', (chunk: Buffer | string) => {
      this.#answerBytes += chunk.length;
      if (this.#answerBytes > maxAnswerBytes)
        this.#steps.end(`the server answers without end (over ${maxAnswerBytes} bytes)`);
    });
  }
}

/** Some servers drop leading blanks. */
function pathOf(name: string): string {
  return name.startsWith(' ') ? `./${name}` : name;
}

/** How long a reply may come after the data connection that it speaks of has broken. */
const replyGraceMs = 300;

/**
 * A server that refuses an upload drops the data connection, and with TLS in the middle of a
 * handshake. basic-ftp closes the session for that; the reply on its way says why.
 */
function waitForReplies({ ftp }: Client): void {
  const close = ftp.closeWithError.bind(ftp);
  ftp.closeWithError = (error) => {
    const broken = ftp.dataSocket;
    if (broken === undefined || !error.message.includes('(data socket)')) {
      close(error);
      return;
    }
    setTimeout(() => {
      if (ftp.dataSocket === broken) close(error);
    }, replyGraceMs);
  };
}

function refusalOf(error: FTPError): Refusal {
  return new Refusal(error.message, meaningOfReply(error), { cause: error });
}

function ofOldName({ message, meaning, cause }: Refusal): Refusal {
  return new Refusal(message, meaning, { isOfOldName: true, cause });
}

function expectRenaming({ code, message }: FTPResponse): void {
  if (code !== 350) throw new Error(`350 was expected after RNFR: ${message}`);
}

function sizeIn({ message }: FTPResponse): RemoteSize {
  const [, size] = /^213 +(\d+)/.exec(message) ?? [];
  return size === undefined ? 'untold' : Number(size);
}

function sizeRefusedBy({ code }: FTPError): RemoteSize {
  return code === 550 ? 'missing' : 'untold';
}

function meaningOfReply({ code, message }: FTPError): Meaning {
  if (code === 421) return 'session-ended';
  if (code < 500 || code === 530 || code === 532 || code === 552) return 'not-now';
  if (code === 500 || code === 502 || code === 504) return 'unsupported';
  return meaningOfWords(message) ?? (code === 553 ? 'bad-name' : 'denied');
}

function replyCode({ cause }: Refusal): number | undefined {
  return cause instanceof FTPError ? cause.code : undefined;
}
