import {
  fieldChanges,
  labelOf,
  numberFields,
  registryChangeLabels,
  type FieldChange,
  type RegistryDiff,
} from '@envigate/domain';

export interface DiffOptions {
  /** Show the numbers of what is added: a spreadsheet may have changed them. */
  readonly numbers: boolean;
}

/**
 * One line per item that is added or removed and one per field that changes. What is removed comes
 * last and cannot be overlooked.
 */
export function describeDiff(
  { added, changed, removed }: RegistryDiff,
  { numbers }: DiffOptions,
): readonly string[] {
  return [
    ...added.map(({ kind, code, body }) => {
      const fields = numbers ? numberFields(kind, body) : [];
      const shown = fields.map(({ path, value }) => `${path} ${value}`).join(', ');
      return `+ ${kind} ${code}${shown === '' ? '' : `   ${shown}`}`;
    }),
    ...changed.flatMap(({ kind, code, before, body }) =>
      fieldChanges(kind, before, body).map(
        (change) => `~ ${kind} ${code}: ${describeFieldChange(change)}`,
      ),
    ),
    ...removed.map(({ kind, code }) => `- ${kind} ${code}   XÓA · REMOVED`),
  ];
}

export function summariseDiff({ added, changed, removed }: RegistryDiff): string {
  const [a, c, r] = [added.length, changed.length, removed.length];
  return `${a} thêm, ${c} sửa, ${r} xóa · ${a} added, ${c} changed, ${r} removed`;
}

export function describeFieldChange(change: FieldChange): string {
  const { path } = change;
  switch (change.kind) {
    case 'added':
      return `${path} + ${show(change.after)}`;
    case 'removed':
      return `${path} - ${show(change.before)}`;
    case 'changed':
      return `${path} ${show(change.before)} → ${show(change.after)}`;
    case 'reordered':
      return `${path}: ${labelOf(registryChangeLabels, change.kind)}`;
    case 'secret-changed':
      return `${path}: đã đổi (mật, không hiển thị) · changed (a secret, not shown)`;
  }
}

function show(value: unknown): string {
  return JSON.stringify(value);
}
