import { userInfo } from 'node:os';
import type { Configuration } from '@envigate/contracts';
import {
  attributionLabels,
  type AttributionTarget,
  type Attribution,
  type ListedJointSilence,
} from '@envigate/domain';
import { attributionDesk } from '@envigate/postgres';
import { firstRows, localTime } from '../shared/lists.ts';
import { CommandError, readId, readLimit } from '../shared/options.ts';
import { withStores } from '../shared/stores.ts';

export interface DecideGapOptions {
  readonly joint?: string;
  readonly station?: string;
  readonly ours?: true;
  readonly theirs?: true;
  readonly by?: string;
  readonly note?: string;
  readonly json?: true;
}

/** Decides whose fault a gap was, or a joint silence: its gaps are judged anew. */
export async function decideGap(
  gap: string | undefined,
  config: Configuration,
  options: DecideGapOptions,
): Promise<void> {
  const verdict = readVerdict(options);
  const target = readTarget(gap, options);
  const note = options.note?.trim() ?? '';
  if (note === '')
    throw new CommandError({ vi: '--note: cần nêu lý do', en: '--note must say why' });
  await withStores(config, async ({ database }) => {
    const actor = options.by ?? userInfo().username;
    const outcome = await attributionDesk(database).decide(target, verdict, actor, note);
    switch (outcome.kind) {
      case 'refused':
        throw new CommandError(outcome.reason);
      case 'not-found':
        throw new CommandError({
          vi: 'không có khoảng gián đoạn này (xem `envigate gaps --json`, `envigate gaps joint`)',
          en: 'no such gap; `envigate gaps --json` and `envigate gaps joint` show their numbers',
        });
      case 'decided': {
        const { stations, jointId = null } = outcome;
        if (options.json === true) {
          console.log(JSON.stringify({ verdict, jointId, stations }));
          return;
        }
        const { vi, en } = attributionLabels[verdict];
        console.log(
          `${vi}: ${stations.join(', ')}; các khoảng gián đoạn được tính lại · ${en}; gaps are judged anew`,
        );
      }
    }
  });
}

function readVerdict({ ours, theirs }: DecideGapOptions): Attribution {
  if (ours !== theirs) return ours === true ? 'ours' : 'theirs';
  throw new CommandError({
    vi: 'cần đúng một trong hai: --ours (do hệ thống của Sở) hoặc --theirs (không do hệ thống của Sở)',
    en: "give exactly one of --ours (the office's own system) and --theirs",
  });
}

function readTarget(
  gap: string | undefined,
  { joint, station }: DecideGapOptions,
): AttributionTarget {
  if ((gap === undefined) === (joint === undefined))
    throw new CommandError({
      vi: 'cần ghi số của một khoảng gián đoạn, hoặc --joint với số của lần gián đoạn cùng lúc',
      en: 'give the number of a gap, or --joint with the number of a joint silence',
    });
  return joint === undefined
    ? { kind: 'gap', gapId: readId(gap ?? '', 'gap', 'envigate gaps --json') }
    : { kind: 'joint', jointId: readId(joint, 'joint silence', 'envigate gaps joint'), station };
}

export interface JointOptions {
  readonly limit?: string;
  readonly json?: true;
}

const limits = { unlessGiven: 20, most: 1_000 };

/** Prints joint silences with what was decided, the last found first, or that there is none. */
export async function printJointSilences(
  config: Configuration,
  options: JointOptions,
): Promise<void> {
  const limit = readLimit(options.limit, limits);
  await withStores(config, async ({ database }) => {
    const { rows } = await firstRows<ListedJointSilence, number>(limit, (page) =>
      attributionDesk(database).list(page),
    );
    for (const joint of rows) {
      if (options.json === true) console.log(JSON.stringify(joint));
      else for (const line of describe(joint)) console.log(line);
    }
    if (rows.length === 0 && options.json !== true)
      console.log('chưa có lần nhiều trạm gián đoạn cùng lúc · no joint silences');
  });
}

const scopeWords = { province: 'tỉnh', door: 'cổng nhận', account: 'tài khoản' } as const;

function describe(joint: ListedJointSilence): readonly string[] {
  const { jointId, scope, from, to, stations, verdict, decisions } = joint;
  const until = to === null ? 'đang gián đoạn' : localTime(to);
  const said =
    verdict === null
      ? 'chưa quyết định · not decided'
      : `${attributionLabels[verdict].vi} · ${attributionLabels[verdict].en}`;
  return [
    `${jointId}  ${scopeWords[scope.kind]} ${scope.code}  ${localTime(from)} – ${until}  ${said}`,
    `    ${stations.length} trạm · stations: ${stations.join(', ')}`,
    ...decisions.map(
      (one) =>
        `    ${localTime(one.decidedAt)}  ${one.actor}: ${attributionLabels[one.verdict].vi}${one.station === null ? '' : ` (${one.station})`}${one.counts ? '' : ', đã thay thế · replaced'}; ${one.note}`,
    ),
  ];
}
