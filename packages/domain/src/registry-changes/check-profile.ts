import type { Profile } from '@envigate/contracts';
import { isNameTime } from '../file-names/name-time.ts';

export type Report = (path: string, expected: string) => void;

/** What the schema cannot say of a profile: parts that contradict each other or lack another. */
export function checkProfile(profile: Profile, path: string, fault: Report): void {
  const { ignore, nameTime, shape, columns, wide, headerLines } = profile;
  if (ignore === true) {
    const reading = [
      ...(['encoding', 'separator', 'shape', 'columns', 'wide', 'headerLines'] as const),
      ...(['namesLine', 'unitsLine', 'trailerLines'] as const),
    ];
    for (const key of reading) {
      if (profile[key] !== undefined)
        fault(`${path}/${key}`, 'must be absent where ignore is true');
    }
  }
  if (nameTime !== undefined && !isNameTime(nameTime)) {
    fault(
      `${path}/nameTime`,
      'must hold yyyy or yy, MM and dd, then HH, mm and ss as far as they are, each once',
    );
  }
  if (shape !== undefined && (columns !== undefined || wide === true)) {
    fault(`${path}/shape`, 'must be absent where columns or wide is given');
  }
  if (wide === true && headerLines === 0) {
    fault(`${path}/headerLines`, 'must be at least 1 where wide is true: a line names the symbols');
  }
  checkHeader(profile, path, fault);
  if (columns !== undefined) checkColumns(columns, wide === true, `${path}/columns`, fault);
}

/** The lines of a header that have a meaning. */
function checkHeader(profile: Profile, path: string, fault: Report): void {
  const { wide, headerLines, namesLine, unitsLine } = profile;
  for (const key of ['namesLine', 'unitsLine'] as const) {
    const line = profile[key];
    if (line === undefined) continue;
    if (wide !== true) fault(`${path}/${key}`, 'must be absent where wide is not true');
    else if (headerLines !== undefined && line > headerLines)
      fault(`${path}/${key}`, `must be at most headerLines (${headerLines})`);
  }
  const names = namesLine ?? headerLines ?? unitsLine;
  if (wide === true && unitsLine !== undefined && unitsLine === names)
    fault(`${path}/unitsLine`, `must not be the line of the names (${names})`);
}

function checkColumns(
  columns: NonNullable<Profile['columns']>,
  wide: boolean,
  path: string,
  fault: Report,
): void {
  const has = (column: (typeof columns)[number]) => columns.includes(column);
  columns.forEach((column, i) => {
    if (column !== 'ignored' && columns.indexOf(column) !== i)
      fault(`${path}/${i}`, `must be unique, '${column}' is not`);
    if (wide && (column === 'symbol' || column === 'value' || column === 'unit'))
      fault(`${path}/${i}`, 'must be time, date, timeOfDay, status or ignored where wide is true');
  });
  if (has('date') !== has('timeOfDay')) fault(path, 'must have date and timeOfDay together');
  if (has('time') === has('date')) fault(path, 'must have either time or date and timeOfDay');
  if (!wide && !(has('symbol') && has('value'))) fault(path, 'must have symbol and value');
}
