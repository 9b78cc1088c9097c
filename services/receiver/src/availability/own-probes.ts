import type { Socket } from 'node:net';
import { plainAddress, type Admission, type Peer, type ReceptionHall } from '@envigate/domain';

const admitted: Admission = { leave: () => undefined, isOwnProbe: true };

/**
 * The receiver's connections to its own doors. Whoever connects and does not log in is counted as guessing,
 * and too many from one address are refused: the receiver's own are neither, or it would ban this machine.
 */
export class OwnProbes {
  readonly #sockets = new Set<Socket>();

  add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  /** The hall as the doors see it. */
  inFrontOf(hall: ReceptionHall): ReceptionHall {
    return {
      admit: (peer, protocol) => (this.#has(peer) ? admitted : hall.admit(peer, protocol)),
      login: (attempt) => hall.login(attempt),
      acceptsKey: (...key) => hall.acceptsKey(...key),
    };
  }

  /** A connection is accepted only after its other end has its port. */
  #has({ address, port }: Peer): boolean {
    for (const { localPort, localAddress } of this.#sockets)
      if (localPort === port && plainAddress(localAddress ?? '') === address) return true;
    return false;
  }
}
