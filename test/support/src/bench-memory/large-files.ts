import { createHash } from 'node:crypto';
import { accountOf, localTime, parameters, type FleetFile } from '../fleet/fleet.ts';

/** The receiver's default limit of a file. */
const maxFileBytes = 1024 * 1024;
const stepMs = 5 * 60_000;

/**
 * Files of as many whole lines as fit into 1 MiB, so many of each station: every five minutes a line
 * for each parameter, about 17 days of them. No instant of a station comes twice.
 */
export function largeFiles(stations: readonly string[], count: number, until: number): FleetFile[] {
  const newest = Math.floor(until / stepMs) * stepMs;
  const perStation = Math.ceil(count / stations.length);
  const files = stations.flatMap((station) => {
    let end = newest;
    return Array.from({ length: perStation }, () => {
      const file = largeFile(station, end);
      end -= file.instants * stepMs;
      return file;
    });
  });
  // In turn, so that the first of every station come before the second of any.
  return files
    .toSorted((a, b) => b.instant.getTime() - a.instant.getTime())
    .slice(0, count)
    .toSorted((a, b) => a.instant.getTime() - b.instant.getTime());
}

function largeFile(station: string, newest: number): FleetFile & { readonly instants: number } {
  const blocks: string[] = [];
  let bytes = 0;
  for (let at = newest; ; at -= stepMs) {
    const time = localTime(new Date(at));
    const block = parameters
      .map(({ symbol, unit }, place) => {
        const value = (20 + place + (Math.floor(at / stepMs) % 97) / 10).toFixed(2);
        return `${[symbol, value, unit, time, '00'].join('\t')}\r\n`;
      })
      .join('');
    if (bytes + block.length > maxFileBytes) break;
    blocks.push(block);
    bytes += block.length;
  }
  const content = Buffer.from(blocks.reverse().join(''));
  return {
    station,
    account: accountOf(station),
    folder: '/',
    name: `HN_ABCD_${station}_${localTime(new Date(newest))}.txt`,
    content,
    sha256: createHash('sha256').update(content).digest('hex'),
    instant: new Date(newest),
    fate: 'whole',
    late: false,
    twice: false,
    readings: [],
    instants: blocks.length,
  };
}
