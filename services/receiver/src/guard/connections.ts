import type { Peer, ReceptionProtocol } from '@envigate/domain';

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
