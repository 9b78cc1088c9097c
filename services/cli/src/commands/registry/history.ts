import type { Configuration } from '@envigate/contracts';
import {
  fieldChanges,
  hideSecrets,
  itemsOf,
  registryKinds,
  type RegistryChange,
  type RegistryChangePlace,
  type RegistryKind,
} from '@envigate/domain';
import { registryDesk } from '@envigate/postgres';
import { printYaml } from '@envigate/runtime';
import { followPages, localTime } from '../../shared/lists.ts';
import { CommandError, readChoice, readTime } from '../../shared/options.ts';
import { withStores } from '../../shared/stores.ts';
import { describeFieldChange } from './describe-diff.ts';

export interface HistoryOptions {
  /** Show what was there at this time instead. */
  readonly at?: string;
  readonly json?: true;
}

const pageSize = 500;

/** Prints who changed what, newest first; or, with a time, the items as they were, without secrets. */
export async function printHistory(
  kindText: string | undefined,
  code: string | undefined,
  config: Configuration,
  options: HistoryOptions,
): Promise<void> {
  const kind = readChoice('kind', kindText, registryKinds);
  await withStores(config, async ({ database }) => {
    const desk = registryDesk(database);
    if (options.at !== undefined) {
      const items = itemsOf(await desk.registry(readTime('at', options.at)))
        .filter((item) => kind === undefined || item.kind === kind)
        .filter((item) => code === undefined || item.code === code);
      if (items.length === 0)
        throw new CommandError({
          vi: 'không có mục này tại thời điểm đó',
          en: 'no such item existed at that time',
        });
      for (const item of items)
        process.stdout.write(`# ${item.kind} ${item.code}\n${printYaml(hideSecrets(item))}`);
      return;
    }
    let isEmpty = true;
    const changes = followPages<RegistryChange, RegistryChangePlace>((after) =>
      desk.changes({ kind, code, after, limit: pageSize }),
    );
    for await (const change of changes) {
      isEmpty = false;
      for (const line of options.json === true ? [asJson(change)] : describeChange(change))
        console.log(line);
    }
    if (isEmpty && options.json !== true) console.log(describeNone(kind, code));
  });
}

function describeNone(kind: RegistryKind | undefined, code: string | undefined): string {
  const what = [kind, code].filter((part) => part !== undefined).join(' ');
  return what === ''
    ? 'danh mục chưa có thay đổi · no changes'
    : `chưa có thay đổi của ${what} · no changes of ${what}`;
}

function describeChange(change: RegistryChange): readonly string[] {
  const { at, actor, kind, code, before, after } = change;
  const line = (mark: string, text = ''): string =>
    `${localTime(at)} ${actor ?? '(không ghi nhận · not noted)'}: ${mark} ${kind} ${code}${text}`;
  if (before === null) return [line('+')];
  if (after === null) return [line('-')];
  return fieldChanges(kind, before, after).map((field) =>
    line('~', `: ${describeFieldChange(field)}`),
  );
}

function asJson({ before, after, ...change }: RegistryChange): string {
  const isChanged = before !== null && after !== null;
  return JSON.stringify({
    ...change,
    change: isChanged ? 'changed' : before === null ? 'added' : 'removed',
    fields: isChanged ? fieldChanges(change.kind, before, after) : [],
  });
}
