import { createHash } from 'node:crypto';
import type { BilingualText, Reception, Release } from '@envigate/contracts';
import { messageOf } from '@envigate/runtime';
import type { AccountHome } from '../home/account-home.ts';
import type { FileOrigin, ParkedFile } from '../home/parked-files.ts';
import { joinPath, parseTreePath, type FileNames } from '../home/tree-names.ts';
import type { HoldContext, Intake } from './intake.ts';

/** A clock is stepped by less than this without anybody putting it right. */
const clockToleranceMs = 60_000;

/** A file that is held, of whatever kind, as operators see it. */
export interface HeldItem {
  readonly id: string;
  readonly account: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly reason: Release['heldFor'];
  /** What looks cut, or what broke; empty where nothing is known. */
  readonly detail: string;
  readonly since: Date;
  /** When it is received as it is; undefined where only a person decides. */
  readonly releasedAt: Date | undefined;
  /** Undefined for files of an older version, which kept neither. */
  readonly sender: Pick<FileOrigin, 'protocol' | 'peer'> | undefined;
}

interface Decision {
  readonly by: 'operator' | 'discard';
  /** Who decides. */
  readonly actor: string;
  readonly note?: string | undefined;
  /** Name under which the file is received, where its own is a temporary one. */
  readonly as?: string | undefined;
}

/** Why a decision cannot be carried out. */
export class HeldRefusal extends Error {
  readonly kind: 'not-found' | 'not-possible';

  /** In both languages; the message has the English. */
  readonly text: BilingualText;

  constructor(kind: HeldRefusal['kind'], text: BilingualText) {
    super(text.en);
    this.kind = kind;
    this.text = text;
  }
}

/** An item with the way to its bytes. Everything runs in turn with what clients do to the same files. */
interface Handle extends HeldItem {
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  readonly isThere: () => boolean;
  readonly read: () => Promise<Buffer>;
  readonly remove: () => Promise<void>;
}

/**
 * Where held files are looked at and decided about: by operators, and by the clock for those that
 * were acknowledged. What is decided goes through the spool, as a reception that says so; the held
 * file is removed when that is safe. A crash in between makes it two receptions, never none.
 */
export class HeldDesk {
  readonly #context: HoldContext;
  readonly #intake: Intake;

  constructor(context: HoldContext, intake: Intake) {
    this.#context = context;
    this.#intake = intake;
  }

  /** The oldest first. */
  async list(): Promise<readonly HeldItem[]> {
    return this.#handles();
  }

  /** Rejects with HeldRefusal. */
  async show(id: string): Promise<{ readonly item: HeldItem; readonly content: Buffer }> {
    const handle = await this.#find(id);
    return { item: handle, content: await handle.inTurn(() => handle.read()) };
  }

  /** Rejects with HeldRefusal, or TreeError where the spool has no room. */
  async decide(id: string, decision: Decision): Promise<Reception> {
    return this.#receive(await this.#find(id), decision);
  }

  /** Receives what was held for the quiet time; one that fails stops none of the others. */
  async releaseQuiet(): Promise<void> {
    const now = this.#context.clock().getTime();
    await this.#restamp(now);
    for (const handle of this.#doubtful()) {
      if (handle.releasedAt === undefined || handle.releasedAt.getTime() > now) continue;
      await this.#receive(handle, { by: 'quiet' }).catch((error: unknown) => {
        // Completed or decided about in the meantime.
        if (error instanceof HeldRefusal) return;
        this.#context.emit('held-release-failed', {
          ...described(handle),
          error: messageOf(error),
        });
      });
    }
  }

  /** Files that were held while the clock was ahead would wait until then: their time begins now. */
  async #restamp(nowMs: number): Promise<void> {
    const { doubtful, emit } = this.#context;
    for (const file of doubtful.all()) {
      if (file.since.getTime() <= nowMs + clockToleranceMs) continue;
      await this.#intake.changes
        .run(() => doubtful.change(file.id, { since: new Date(nowMs) }))
        .catch((error: unknown) =>
          emit('held-release-failed', { ...described(file), error: messageOf(error) }),
        );
    }
  }

  /** By reason, how many there are and since when. */
  async census(): Promise<ReadonlyMap<HeldItem['reason'], { count: number; oldest: Date }>> {
    const census = new Map<HeldItem['reason'], { count: number; oldest: Date }>();
    for (const { reason, since } of await this.#handles()) {
      const { count, oldest } = census.get(reason) ?? { count: 0, oldest: since };
      census.set(reason, { count: count + 1, oldest: oldest < since ? oldest : since });
    }
    return census;
  }

  #receive(handle: Handle, decision: Decision | { readonly by: 'quiet' }): Promise<Reception> {
    return handle.inTurn(async () => {
      if (!handle.isThere()) throw unknown(handle.id);
      const { sender, account } = handle;
      const { folder, name } = placeFor(handle, decision, this.#context.names);
      if (sender === undefined) {
        throw new HeldRefusal('not-possible', {
          vi: `không còn thông tin bên gửi của tệp ${handle.path}; gửi lại bằng 'envigate send'`,
          en: `who sent ${handle.path} was not kept; send it anew with 'envigate send'`,
        });
      }
      const content = await handle.read();
      const released = releaseOf(handle, decision);
      const entry = { account, folder, name, content, ...sender, released };
      const reception = await this.#intake.receive(entry);
      await handle.remove();
      const { by, actor, note } = released;
      this.#context.emit('held-released', {
        ...described(handle),
        by,
        ...(actor !== undefined && { actor }),
        ...(note !== undefined && { note }),
        spoolSequence: reception.spoolSequence,
      });
      return reception;
    });
  }

  async #find(id: string): Promise<Handle> {
    const handle = (await this.#handles()).find((known) => known.id === id);
    if (handle === undefined) throw unknown(id);
    return handle;
  }

  async #handles(): Promise<readonly Handle[]> {
    const inHomes = await this.#inHomes();
    const all = [...this.#doubtful(), ...inHomes];
    return all.sort((a, b) => a.since.getTime() - b.since.getTime());
  }

  #doubtful(): readonly Handle[] {
    const { doubtful, settings } = this.#context;
    return doubtful.all().map((file) => ({
      ...file,
      sender: { protocol: file.protocol, peer: file.peer },
      // Only a person decides about an interrupted upload.
      releasedAt:
        file.reason === 'broken-transfer'
          ? undefined
          : new Date(file.since.getTime() + settings.quietMinutes * 60_000),
      inTurn: (work) => this.#intake.changes.run(work),
      isThere: () => doubtful.get(file.id) !== undefined,
      read: () => doubtful.read(file),
      remove: () => doubtful.remove(file),
    }));
  }

  async #inHomes(): Promise<readonly Handle[]> {
    const handles: Handle[] = [];
    for (const [account, home] of await this.#context.homes.all())
      for (const file of home.parked.all()) handles.push(handleOf(account, home, file));
    return handles;
  }
}

function handleOf(account: string, { parked, changes }: AccountHome, file: ParkedFile): Handle {
  const { path, state, size, origin, modifiedAt } = file;
  const isPartial = state === 'partial';
  return {
    id: `${isPartial ? 'part' : 'temp'}-${sha256(account, path).slice(0, 20)}`,
    account,
    path,
    size,
    reason: isPartial ? 'broken-transfer' : 'awaiting-rename',
    detail: origin?.detail ?? '',
    since: modifiedAt,
    releasedAt: undefined,
    sender: origin && { protocol: origin.protocol, peer: origin.peer },
    inTurn: (work) => changes.run(work),
    isThere: () => parked.all().includes(file),
    read: () => parked.read(file),
    remove: () => parked.removeState(file),
  };
}

/** Folder and name under which the file is received. Throws HeldRefusal, or TreeError for a bad name. */
function placeFor(
  { account, path }: HeldItem,
  { by, as }: { readonly by: Release['by']; readonly as?: string | undefined },
  names: FileNames,
): { folder: string; name: string } {
  const { folder, name } = parseTreePath(path);
  if (as === undefined) {
    // What is discarded is read by nobody.
    if (by === 'discard' || !names.isTemporary(account, name)) return { folder, name };
    throw new HeldRefusal('not-possible', {
      vi: `${name} là tên tạm: nhập tên tệp (--as)`,
      en: `${name} is a temporary name: give the name of the file (--as)`,
    });
  }
  if (as.includes('/') || names.isTemporary(account, as))
    throw new HeldRefusal('not-possible', {
      vi: `tên tệp không hợp lệ: '${as}'`,
      en: `'${as}' is no name for a station file`,
    });
  return { folder, name: parseTreePath(joinPath(folder, as)).name };
}

function releaseOf({ reason, since }: HeldItem, decision: Decision | { by: 'quiet' }): Release {
  const release = { by: decision.by, heldFor: reason, since: since.toISOString() };
  if (decision.by === 'quiet') return release;
  const { actor, note } = decision;
  return { ...release, actor, ...(note !== undefined && { note }) };
}

function described({
  id,
  account,
  path,
  size,
  reason,
}: Pick<HeldItem, 'id' | 'account' | 'path' | 'size' | 'reason'>) {
  return { id, account, path, bytes: size, reason };
}

function unknown(id: string): HeldRefusal {
  return new HeldRefusal('not-found', {
    vi: `không có tệp tạm giữ với mã ${id}`,
    en: `nothing is held under the id ${id}`,
  });
}

function sha256(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex');
}
