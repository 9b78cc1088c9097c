import { readFile } from 'node:fs/promises';
import { isSameTrailer, type TrailerCandidate } from '@envigate/domain';
import { BoundedMap, Mutex, messageOf } from '@envigate/runtime';
import { writeDurably } from '../home/durable-file.ts';
import { unfinishedEnding } from '../home/tree-names.ts';
import type { HoldEmit } from './telemetry.ts';

/** A file whose last line may be a mark of its logger. */
export interface FileWithEnd {
  readonly account: string;
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
}

/** What is known of the last lines of the files of one logger. */
interface Ends {
  /** How each of its files ends. */
  readonly trailer?: string;
  /** How the newest ones ended: not often enough yet. */
  readonly candidate?: {
    readonly text: string;
    readonly files: number;
    readonly newest: Pick<FileWithEnd, 'path' | 'bytes'>;
  };
}

/** Loggers whose files end in a mark of their own are few; the longest unseen is forgotten. */
const maxLoggers = 4096;
/** Files in a row that must end alike: so many chance cuts do not, and one word is like a cut symbol. */
const filesToKnow = 2;
const filesToKnowWord = 3;
const version = 1;

/**
 * The marks that loggers write behind the data of every file, without a line end, learned from
 * files that end alike one after another. Of a logger is what an account sends under names that
 * differ in numbers only.
 *
 * Learned marks are kept on disk, so that a restart holds no file again; where the file is lost or cannot
 * be written, they are learned anew. A file of the logger that ends otherwise and whole makes it
 * forget: what a mark once was must not hide a cut.
 */
export class KnownTrailers {
  readonly #path: string;
  readonly #emit: HoldEmit;
  readonly #loggers = new BoundedMap<Ends>(maxLoggers);
  readonly #writing = new Mutex();

  private constructor(path: string, emit: HoldEmit) {
    this.#path = path;
    this.#emit = emit;
  }

  static async open(path: string, emit: HoldEmit): Promise<KnownTrailers> {
    const known = new KnownTrailers(path, emit);
    try {
      for (const [logger, trailer] of await readTrailers(path))
        known.#loggers.set(logger, { trailer });
    } catch (error) {
      emit('trailers-unreadable', { path, error: messageOf(error) });
    }
    return known;
  }

  /** Nothing is known of any logger: there is nothing to forget. */
  get isEmpty(): boolean {
    return this.#loggers.size === 0;
  }

  /** Whether every file of the logger ends so. */
  knows(file: FileWithEnd, { text }: TrailerCandidate): boolean {
    const { trailer } = this.#loggers.get(loggerOf(file)) ?? {};
    return trailer !== undefined && isSameTrailer(trailer, text);
  }

  /** Notes how a file ends that was not seen before; true where every file of the logger ends so. */
  async note(file: FileWithEnd, { text, isLikeSymbol }: TrailerCandidate): Promise<boolean> {
    const logger = loggerOf(file);
    const { path, bytes } = file;
    const { trailer, candidate } = this.#loggers.get(logger) ?? {};
    if (trailer !== undefined) return isSameTrailer(trailer, text);
    const isAlike = candidate !== undefined && isSameTrailer(candidate.text, text);
    // The same file sent again says nothing new.
    if (isAlike && candidate.newest.path === path && candidate.newest.bytes === bytes) return false;
    const files = isAlike ? candidate.files + 1 : 1;
    if (files < (isLikeSymbol ? filesToKnowWord : filesToKnow)) {
      this.#loggers.set(logger, { candidate: { text, files, newest: { path, bytes } } });
      return false;
    }
    this.#loggers.set(logger, { trailer: text });
    this.#emit('trailer-known', { account: file.account, name: file.name, trailer: text });
    await this.#keep();
    return true;
  }

  /** A file of the logger came whole and ends otherwise. */
  async forget(file: FileWithEnd): Promise<void> {
    if (this.isEmpty) return;
    const logger = loggerOf(file);
    const ends = this.#loggers.get(logger);
    if (ends === undefined) return;
    this.#loggers.delete(logger);
    if (ends.trailer === undefined) return;
    const { account, name } = file;
    this.#emit('trailer-forgotten', { account, name, trailer: ends.trailer });
    await this.#keep();
  }

  async #keep(): Promise<void> {
    await this.#writing.run(async () => {
      const trailers = [...this.#loggers.entries()].flatMap(([logger, { trailer }]) =>
        trailer === undefined ? [] : [[logger, trailer]],
      );
      try {
        const content = Buffer.from(JSON.stringify({ version, trailers }));
        await writeDurably(this.#path, `${this.#path}${unfinishedEnding}`, [content]);
      } catch (error) {
        this.#emit('trailers-not-kept', { path: this.#path, error: messageOf(error) });
      }
    });
  }
}

/** Numbers of base 10 and 16 in the name are the time, a running number, or one of several stations. */
function loggerOf({ account, name }: FileWithEnd): string {
  return `${account}\0${name.replaceAll(/[0-9A-Fa-f]*\d[0-9A-Fa-f]*/g, '#')}`;
}

/** None where there is no file. Rejects where it is damaged. */
async function readTrailers(path: string): Promise<readonly (readonly [string, string])[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const { version: found, trailers } = JSON.parse(text) as Record<string, unknown>;
  const isPair = (pair: unknown): pair is [string, string] =>
    Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string');
  if (found !== version || !Array.isArray(trailers) || !trailers.every(isPair))
    throw new Error('it has another form than expected');
  return trailers;
}
