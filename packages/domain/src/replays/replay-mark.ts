import type { FileWarning, Replay } from '@envigate/contracts';

/** The spool that replays are counted in, beside those of the receivers. */
export const replaySpoolId = 'replay';

/** The mark that the reception of a replay carries in the ledger: whose doing it is, and of what. */
export function replayWarnings(replay: Replay | undefined): readonly FileWarning[] {
  if (replay === undefined) return [];
  const code = replay.automatic === true ? 'replayed-automatically' : 'replayed';
  return [{ code, detail: describeReplay(replay) }];
}

/** `reception 01K… by nguyenvana at 2026-11-24T02:10:00.000Z as station LA_NM1: new logger` */
function describeReplay({
  of,
  actor,
  requestedAt,
  station,
  profile,
  asWhole,
  reread,
  note,
}: Replay): string {
  const assigned = [
    ...(station === undefined ? [] : [` as station ${station}`]),
    ...(profile === undefined ? [] : [` by profile ${profile}`]),
    ...(asWhole === true ? [' as whole'] : []),
    ...(reread === true ? [' in place of what it gave before'] : []),
  ];
  const said = note === undefined || note === '' ? '' : `: ${note}`;
  return `reception ${of} by ${actor} at ${requestedAt}${assigned.join('')}${said}`;
}
