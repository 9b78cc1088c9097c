import type { Configuration } from '@envigate/contracts';
import {
  countMissing,
  instantsOfRange,
  officersNumber,
  officersTime,
  receivedShare,
  RegistryView,
  type Completeness,
  type MissingRange,
} from '@envigate/domain';
import { exportRegistry, readCompleteness } from '@envigate/postgres';
import { systemClock } from '@envigate/runtime';
import { CommandError, readTimeRange } from '../shared/options.ts';
import { noStation, withStores } from '../shared/stores.ts';

export interface MissingOptions {
  readonly station?: string;
  readonly parameter?: string;
  readonly from?: string;
  readonly to?: string;
  readonly each?: true;
  readonly json?: true;
}

const mostDays = 366;
const dayMs = 86_400_000;

/** Prints which instants of a station, or of one of its parameters, did not come: to be sent to the facility. */
export async function printMissing(config: Configuration, options: MissingOptions): Promise<void> {
  const { station: code, parameter, each, json } = options;
  if (code === undefined) throw new CommandError({ vi: 'cần --station', en: 'give --station' });
  const { from, to } = readTimeRange(options);
  if (from === undefined || to === undefined || to.getTime() - from.getTime() > mostDays * dayMs)
    throw new CommandError({
      vi: `cần --from và --to, tối đa ${mostDays} ngày`,
      en: `give --from and --to, ${mostDays} days apart at most`,
    });
  await withStores(config, async ({ database }) => {
    const view = new RegistryView(await exportRegistry(database));
    const station = view.stations.get(code);
    if (station === undefined) throw noStation(code);
    if (parameter !== undefined && !view.parameters.has(parameter))
      throw new CommandError({
        vi: `danh mục không có thông số '${parameter}'`,
        en: `parameter '${parameter}' is not in the registry`,
      });
    const { graceMinutes } = config.gapDetector;
    const [found] = await readCompleteness(
      database,
      { view, graceMinutes, now: systemClock() },
      { station: code, parameters: [parameter], from, to },
    );
    if (found === undefined) throw new Error('nothing was counted');
    const time = (instant: number): string =>
      officersTime(new Date(instant), {
        withSeconds: true,
        ...(station.utcOffsetMinutes !== undefined && {
          utcOffsetMinutes: station.utcOffsetMinutes,
        }),
      });
    for (const range of found.missing)
      for (const line of json === true ? [show(range)] : describe(range, time, each === true))
        console.log(line);
    if (json === true) return;
    console.log(describeShare(found));
  });
}

/** Rounded down: 100 % says that nothing is missing. */
function describeShare(found: Completeness): string {
  const share = receivedShare(found);
  if (share === undefined) return 'không có thời điểm nào phải nhận · nothing was expected';
  const [received, missing] = [found.received, countMissing(found)];
  const percent = Math.floor(share * 1000) / 10;
  const [lateVi, lateEn] =
    found.late === 0
      ? ['', '']
      : [
          ` (trong đó ${officersNumber(found.late)} truyền bổ sung)`,
          ` (${found.late} of them late)`,
        ];
  return `đã nhận ${officersNumber(received)}${lateVi}, còn thiếu ${officersNumber(missing)} thời điểm (${officersNumber(percent)}%) · received ${received}${lateEn}, missing ${missing} instants (${percent} %)`;
}

function show({ first, last, count, stepMs }: MissingRange): string {
  const range = {
    first: new Date(first),
    last: new Date(last),
    count,
    stepMinutes: stepMs / 60_000,
  };
  return JSON.stringify(range);
}

function describe(
  range: MissingRange,
  time: (instant: number) => string,
  each: boolean,
): readonly string[] {
  if (each) return [...instantsOfRange(range)].map(time);
  const { first, last, count } = range;
  const instants = `${officersNumber(count)} thời điểm · instants`;
  return [
    count === 1 ? `${time(first)}   ${instants}` : `${time(first)} – ${time(last)}   ${instants}`,
  ];
}
