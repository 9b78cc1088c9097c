import type { RemoteEntry, RemoteFileState, RemoteSession } from '@envigate/domain';
import type { Turn } from './turn.ts';

/** A session whose slow steps hold nobody else up. */
export class PatientSession implements RemoteSession {
  readonly #session: RemoteSession;
  readonly #turn: Turn;

  constructor(session: RemoteSession, turn: Turn) {
    this.#session = session;
    this.#turn = turn;
  }

  list(folder: string): Promise<readonly RemoteEntry[]> {
    return this.#turn.during(() => this.#session.list(folder));
  }

  stat(path: string): Promise<RemoteFileState> {
    return this.#turn.during(() => this.#session.stat(path));
  }

  read(path: string, maxBytes: number): Promise<Uint8Array> {
    return this.#turn.during(() => this.#session.read(path, maxBytes));
  }

  move(from: string, to: string): Promise<void> {
    return this.#turn.during(() => this.#session.move(from, to));
  }

  makeFolder(path: string): Promise<void> {
    return this.#turn.during(() => this.#session.makeFolder(path));
  }

  remove(path: string): Promise<void> {
    return this.#turn.during(() => this.#session.remove(path));
  }

  close(): void {
    this.#session.close();
  }
}
