import { createHmac, randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import {
  addressGroup,
  isInBlock,
  parseAddress,
  parseAddressBlock,
  userForLog,
  type AddressBlock,
  type Admission,
  type Credential,
  type LoginAttempt,
  type Peer,
  type ReceptionProtocol,
} from '@envigate/domain';
import { KeyedSlots } from '@envigate/runtime';
import { GuessedNames, Offenders } from './offenders.ts';
import type { GuardEmit, RefusalReason } from './telemetry.ts';

/** `receiver.guard` of the configuration. */
export interface GuardSettings {
  readonly failuresToBan: number;
  readonly failureMinutes: number;
  readonly banSeconds: number;
  readonly maxBanSeconds: number;
  readonly sessionsPerAddress: number;
  /** Sessions of an account whose registry entry names no other number. */
  readonly sessionsPerAccount: number;
  readonly exempt: readonly string[];
}

export interface GuardParts {
  readonly settings: GuardSettings;
  readonly emit: GuardEmit;
  /** Milliseconds of a clock that is never set. */
  readonly now?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

export type Verdict =
  { readonly kind: 'accepted' } | { readonly kind: 'refused'; readonly reason: RefusalReason };

/** Of one sender; so a burst of guesses is judged before the next one is let through. */
const loginsAtOnce = 4;
const firstDelayMs = 250;
const maxDelayMs = 8000;

/**
 * The check before the hall: who may connect at all, and how fast passwords can be tried. A sender is
 * an IPv4 address or an IPv6 /64. All of it is in memory and bounded.
 */
export class Guard {
  readonly #emit: GuardEmit;
  readonly #now: () => number;
  readonly #sleep: (milliseconds: number) => Promise<void>;
  readonly #exempt: readonly AddressBlock[];
  readonly #offenders: Offenders;
  readonly #names: GuessedNames;
  readonly #connections: Connections;
  readonly #logins = new KeyedSlots(loginsAtOnce);
  /** Of this process: what was guessed is remembered, but not to be read from memory. */
  readonly #key = randomBytes(32);

  /** Throws where an entry of the exempt addresses is not an address. */
  constructor({ settings, emit, now, sleep }: GuardParts) {
    const windowMs = settings.failureMinutes * 60_000;
    this.#emit = emit;
    this.#now = now ?? (() => performance.now());
    this.#sleep = sleep ?? ((milliseconds) => wait(milliseconds, undefined, { ref: false }));
    this.#exempt = settings.exempt.map(parseExempt);
    this.#offenders = new Offenders({
      failuresToBan: settings.failuresToBan,
      windowMs,
      banMs: settings.banSeconds * 1000,
      maxBanMs: settings.maxBanSeconds * 1000,
    });
    const freeGuesses = settings.failuresToBan;
    this.#names = new GuessedNames({ windowMs, freeGuesses, firstDelayMs, maxDelayMs });
    this.#connections = new Connections(settings.sessionsPerAddress);
  }

  /** Senders banned now. */
  get banned(): number {
    return this.#offenders.count(this.#now());
  }

  admit(peer: Peer, protocol: ReceptionProtocol): Admission | undefined {
    const isExempt = this.#isExempt(peer.address);
    const sender = addressGroup(peer.address);
    const reason = isExempt ? undefined : this.#refusalAtTheDoor(peer, sender);
    if (reason !== undefined) {
      this.#emit('peer-refused', { peer: peer.address, protocol, reason });
      return undefined;
    }
    this.#connections.opened(peer, protocol, sender);
    return {
      leave: () => {
        const hasTried = this.#connections.closed(peer, protocol, sender);
        if (!hasTried && !isExempt) this.#fail(peer, sender, undefined);
      },
    };
  }

  /** Who is counted as one: an IPv4 address or an IPv6 /64. Undefined for an exempt address. */
  senderOf({ address }: Peer): string | undefined {
    return this.#isExempt(address) ? undefined : addressGroup(address);
  }

  /** False where the answer would only help to guess. */
  isBanned(peer: Peer): boolean {
    const sender = this.senderOf(peer);
    return sender !== undefined && this.#offenders.isBanned(sender, this.#now());
  }

  /** Decides a login, slowed down or not at all where the sender or the name calls for it. */
  async attempt(attempt: LoginAttempt, decide: () => Promise<Verdict>): Promise<Verdict> {
    const { peer, protocol, user } = attempt;
    // Whatever comes of it, also where we fail: the connection was not an empty one.
    this.#connections.triedToLogIn(peer, protocol);
    const sender = this.senderOf(peer);
    if (sender === undefined) return decide();
    const name = this.#keyed(user);
    const delayMs = this.#names.delayMs(name, sender, this.#now());
    if (delayMs > 0) {
      this.#emit('login-slowed', { user: userForLog(user), protocol, peer: peer.address, delayMs });
      await this.#sleep(delayMs);
    }
    return this.#logins.run(sender, async () => {
      if (this.#offenders.isBanned(sender, this.#now()))
        return { kind: 'refused', reason: 'banned' };
      const verdict = await decide();
      if (verdict.kind === 'accepted') {
        this.#names.loggedIn(name, sender);
      } else {
        this.#names.guessed(name, this.#now());
        this.#fail(peer, sender, this.#guessOf(attempt));
      }
      return verdict;
    });
  }

  #refusalAtTheDoor(
    { address }: Peer,
    sender: string,
  ): 'banned' | 'too-many-connections' | undefined {
    if (this.#offenders.isBanned(sender, this.#now())) return 'banned';
    const { isFull, isNews } = this.#connections.crowdOf(sender);
    if (isNews) this.#emit('peer-crowded', { peer: address, sender });
    return isFull ? 'too-many-connections' : undefined;
  }

  #fail({ address }: Peer, sender: string, guess: string | undefined): void {
    const ban = this.#offenders.fail(sender, guess, this.#now());
    if (ban === undefined) return;
    const { number, lengthMs } = ban;
    this.#emit('peer-banned', { peer: address, sender, ban: number, seconds: lengthMs / 1000 });
  }

  #guessOf({ user, credential }: LoginAttempt): string {
    return this.#keyed(user, secretOf(credential));
  }

  #keyed(...parts: readonly (string | Uint8Array)[]): string {
    const hmac = createHmac('sha256', this.#key);
    for (const part of parts) hmac.update(String(part.length)).update(':').update(part);
    return hmac.digest('base64url').slice(0, 12);
  }

  #isExempt(text: string): boolean {
    if (this.#exempt.length === 0) return false;
    const address = parseAddress(text);
    return address !== undefined && this.#exempt.some((block) => isInBlock(address, block));
  }
}

function secretOf(credential: Credential): string | Uint8Array {
  return credential.kind === 'password' ? credential.password : credential.publicKey;
}

function parseExempt(text: string, index: number): AddressBlock {
  const block = parseAddressBlock(text);
  if (block !== undefined) return block;
  throw new Error(
    `receiver.guard.exempt/${index} must be an IP address or a CIDR block, not '${text}'`,
  );
}

interface Sender {
  open: number;
  /** Reported as having too many; reported again after it had half as many. */
  isCrowded: boolean;
}

interface Connection {
  readonly sender: string;
  /** Has tried to log in, with whatever outcome. */
  hasTried: boolean;
}

/** The connections that are open now. As large as the doors' own limits allow. */
export class Connections {
  readonly #perSender: number;
  readonly #senders = new Map<string, Sender>();
  readonly #open = new Map<string, Connection>();

  constructor(perSender: number) {
    this.#perSender = perSender;
  }

  /** Whether the sender has as many as it may have; `isNews` where that was not so a moment ago. */
  crowdOf(sender: string): { isFull: boolean; isNews: boolean } {
    const state = this.#senders.get(sender);
    if (state === undefined || state.open < this.#perSender)
      return { isFull: false, isNews: false };
    const isNews = !state.isCrowded;
    state.isCrowded = true;
    return { isFull: true, isNews };
  }

  opened(peer: Peer, protocol: ReceptionProtocol, sender: string): void {
    const state = this.#senders.get(sender) ?? { open: 0, isCrowded: false };
    state.open += 1;
    this.#senders.set(sender, state);
    this.#open.set(keyOf(peer, protocol), { sender, hasTried: false });
  }

  triedToLogIn(peer: Peer, protocol: ReceptionProtocol): void {
    const connection = this.#open.get(keyOf(peer, protocol));
    if (connection !== undefined) connection.hasTried = true;
  }

  /** Whether the connection has tried to log in. */
  closed(peer: Peer, protocol: ReceptionProtocol, sender: string): boolean {
    const state = this.#senders.get(sender);
    if (state !== undefined) {
      state.open -= 1;
      if (state.open * 2 <= this.#perSender) state.isCrowded = false;
      if (state.open === 0) this.#senders.delete(sender);
    }
    const key = keyOf(peer, protocol);
    const hasTried = this.#open.get(key)?.hasTried ?? true;
    this.#open.delete(key);
    return hasTried;
  }
}

/** A connection of FTP may become one of FTPS; one of SFTP may come from the same port. */
function keyOf({ address, port }: Peer, protocol: ReceptionProtocol): string {
  return `${protocol === 'sftp' ? 'ssh' : 'ftp'}|${address}|${port}`;
}
