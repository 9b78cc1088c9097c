import { setTimeout as delay } from 'node:timers/promises';

export interface BoardSighting {
  readonly status: number;
  /** Files received today, as the page says. */
  readonly received: number;
  readonly html: string;
}

/** Looks at the console's page again and again, as a browser does, until it is stopped. */
export function followBoard(consoleUrl: string): { stop(): Promise<readonly BoardSighting[]> } {
  const stopped = new AbortController();
  const follow = async (): Promise<readonly BoardSighting[]> => {
    const sightings: BoardSighting[] = [];
    do {
      sightings.push(await lookAtBoard(consoleUrl));
      await delay(1_000, undefined, { signal: stopped.signal }).catch(() => undefined);
    } while (!stopped.signal.aborted);
    return sightings;
  };
  const sightings = follow();
  sightings.catch(() => undefined);
  return {
    stop() {
      stopped.abort();
      return sightings;
    },
  };
}

export async function lookAtBoard(consoleUrl: string): Promise<BoardSighting> {
  const response = await fetch(`${consoleUrl}/`);
  const html = await response.text();
  const row = /Lượt nhận tệp[^]*?<td>([\d.]+)<\/td>\s*<td>([\d.]+)<\/td>/.exec(html);
  return {
    status: response.status,
    received: Number((row?.[2] ?? 'NaN').replaceAll('.', '')),
    html,
  };
}
