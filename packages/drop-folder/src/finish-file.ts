import { lstatSync, mkdirSync, renameSync, unlinkSync } from 'node:fs';
import type { DropAfterTaking, DropFile, DropFinish } from '@envigate/domain';
import { asideName, putBack } from './aside.ts';
import { pathOf, type OpenFolder } from './open-folder.ts';
import { isSameFile } from './walk.ts';

const maxNamesakes = 10_000;

/** Removes or moves a file that is safe, if it is still the one that was taken. */
export function finishFile(
  folder: OpenFolder,
  name: string,
  file: DropFile,
  afterTaking: DropAfterTaking,
): DropFinish {
  const aside = asideName(name, file);
  if (aside === undefined) return finishInPlace(folder, name, file, afterTaking);
  try {
    renameSync(folder.at(name), folder.at(aside));
  } catch (error) {
    return isMissing(error) ? { kind: 'done' } : failureOf(error);
  }
  const outcome = finishInPlace(folder, aside, file, afterTaking);
  if (outcome.kind !== 'done') putBack(folder, aside, name);
  return outcome;
}

function finishInPlace(
  folder: OpenFolder,
  name: string,
  file: DropFile,
  afterTaking: DropAfterTaking,
): DropFinish {
  try {
    const stats = lstatSync(folder.at(name), { throwIfNoEntry: false });
    if (stats === undefined) return { kind: 'done' };
    if (!stats.isFile() || !isSameFile(file, stats)) return { kind: 'changed' };
    if (afterTaking.kind === 'delete') unlinkSync(folder.at(name));
    else renameSync(folder.at(name), freeTarget(afterTaking.to, file.path));
    return { kind: 'done' };
  } catch (error) {
    return failureOf(error);
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function failureOf(error: unknown): DropFinish {
  return { kind: 'failed', reason: (error as Error).message };
}

/** The same path below `to`, its folders made; `name.1` and so on where there is one already. */
function freeTarget(to: string, path: string): string | Buffer {
  const target = `${Buffer.from(to).toString('latin1')}${path}`;
  mkdirSync(pathOf(target.slice(0, target.lastIndexOf('/'))), { recursive: true, mode: 0o750 });
  for (let number = 0; number < maxNamesakes; number++) {
    const candidate = pathOf(number === 0 ? target : `${target}.${number}`);
    if (lstatSync(candidate, { throwIfNoEntry: false }) === undefined) return candidate;
  }
  throw new Error(`${to} has ${maxNamesakes} files of this name already`);
}
