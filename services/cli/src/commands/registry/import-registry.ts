import { userInfo } from 'node:os';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { ContractError, type Configuration } from '@envigate/contracts';
import { isEmptyDiff, type RegistryDiff } from '@envigate/domain';
import { importRegistry, migrate, readRegistry, type Database } from '@envigate/postgres';
import { CommandError } from '../../shared/options.ts';
import { withStores } from '../../shared/stores.ts';
import { describeDiff, summariseDiff } from './describe-diff.ts';
import { describeFaults, type RegistryDraft, readSources } from './read-sources.ts';

export interface ImportRegistryOptions {
  readonly dryRun?: true;
  /** Do not ask. */
  readonly yes?: true;
  /** Numbers of tables that a spreadsheet may have moved are right. */
  readonly numbersChecked?: true;
}

/**
 * Makes the registry what the files say: shows what changes, asks where a person sits at the
 * terminal, and applies it if the registry is still the one it was compared with. A script is not
 * asked, and refused where a number has to be confirmed. Faults are reported all at once, each by
 * file, line and column.
 */
export async function importRegistryFiles(
  paths: readonly string[],
  config: Configuration,
  options: ImportRegistryOptions,
): Promise<void> {
  await withStores(config, async ({ database }) => {
    await migrate(database);
    const { revision, registry } = await readRegistry(database);
    const draft = await readSources(paths, registry);
    const step = { actor: userInfo().username, revision };
    const diff = await reportingFaults(draft, () =>
      importRegistry(database, draft.document, { ...step, dryRun: true }),
    );
    const differences = describeDiff(diff, { numbers: draft.isTables });
    const doubts = draft.doubts.map((doubt) => `! ${doubt}`);
    for (const line of [...draft.notes, ...differences, ...doubts]) console.log(line);
    if (isEmptyDiff(diff)) {
      console.log('không có thay đổi · no differences: the registry already matches the files');
      return;
    }
    if (options.dryRun === true) {
      console.log(`${summariseDiff(diff)} (chỉ xem, chưa thay đổi · dry run: nothing was changed)`);
      return;
    }
    if (!(await isConfirmed(diff, draft, options))) {
      console.log('chưa thay đổi gì · nothing was changed');
      return;
    }
    await apply(database, draft, step);
    console.log(summariseDiff(diff));
  });
}

/** Asks a person at the terminal; throws where nobody can be asked about a number. */
async function isConfirmed(
  diff: RegistryDiff,
  { doubts }: RegistryDraft,
  { yes, numbersChecked }: ImportRegistryOptions,
): Promise<boolean> {
  const isAsked = yes !== true && process.stdin.isTTY;
  const ask = (question: string): Promise<boolean> =>
    confirm(question, { input: process.stdin, output: process.stdout });
  if (doubts.length > 0 && numbersChecked !== true) {
    if (!isAsked)
      throw new CommandError({
        vi: 'chưa thay đổi gì: bảng tính có thể đã làm sai các số có dấu !. Sửa lại, hoặc thêm --numbers-checked nếu các số đúng',
        en:
          'nothing was changed: a spreadsheet may have changed the numbers that are marked with !. ' +
          'Correct them, or say --numbers-checked if they are right',
      });
    const isRight = 'Các số có dấu ! có đúng không? · Are the numbers marked with ! right?';
    if (!(await ask(isRight))) return false;
  }
  return (
    !isAsked || ask(`${summariseDiff(diff)}. Áp dụng các thay đổi này? · Apply these changes?`)
  );
}

async function apply(
  database: Database,
  draft: RegistryDraft,
  step: { readonly actor: string; readonly revision: number },
): Promise<void> {
  await reportingFaults(draft, () => importRegistry(database, draft.document, step));
}

/** Every fault at once, those of the sources' form first. */
async function reportingFaults<T>(draft: RegistryDraft, work: () => Promise<T>): Promise<T> {
  const faults = [...draft.faults];
  try {
    const result = await work();
    if (faults.length === 0) return result;
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    faults.push(...describeFaults(error, draft));
  }
  throw new CommandError({
    vi: 'Danh mục chưa được thay đổi, có lỗi:',
    en: `the registry was not changed; errors:\n${faults.join('\n')}`,
  });
}

export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/**
 * Asks until a line comes; yes is c, có, co (without marks, as over ssh), y or yes. Everything else is a
 * no, the end of the input among it.
 */
export async function confirm(question: string, { input, output }: Terminal): Promise<boolean> {
  const terminal = createInterface({ input, output });
  try {
    // A question whose input ends is never answered.
    const ended = once(terminal, 'close').then(() => '');
    const answer = await Promise.race([terminal.question(`${question} [c/K] (y/N) `), ended]);
    return /^(y|yes|c|co|có)$/iu.test(answer.trim().normalize('NFC'));
  } finally {
    terminal.close();
  }
}
