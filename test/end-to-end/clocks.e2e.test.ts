import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { eventually, startScene, type Scene } from '@envigate/test-support';
import { sendFiles } from './testing/send-files.ts';

// What the files of three loggers show of their clocks: one right, one 20 minutes ahead, so that all
// its lines are refused, one that writes UTC where its registered time is +07:00.
jest.setTimeout(180_000);

const minute = 60_000;
const hour = 60 * minute;
const files = 4;

let scene: Scene;
beforeAll(async () => {
  scene = await startScene({ eventLog: 'postgres', layout: 'one-process', stations: 3, files: 3 });
  const now = Math.floor(Date.now() / 1000) * 1000;
  for (const [station, offset] of [
    ['NUO001', 0],
    ['NUO002', 20 * minute],
    ['NUO003', -7 * hour],
  ] as const) {
    const readings = Array.from({ length: files }, (_, i) => ({
      instant: now + offset - (files - 1 - i) * minute,
      value: '7.1',
    }));
    await sendFiles(scene, `acc-${station.toLowerCase()}`, `HN_ABCD_${station}`, readings);
  }
  await eventually(async () => {
    for (const { clock } of await stations()) expect(clock?.measured.files).toBe(files);
  });
});
afterAll(() => scene?.stop());

interface StationClock {
  readonly station: string;
  readonly clock: {
    readonly offsetAtLeastSeconds: number;
    readonly verdict: string;
    readonly looksLikeUtc: boolean;
    readonly text: { readonly vi: string; readonly en: string };
    readonly measured: { readonly files: number; readonly leastLagSeconds: number };
  } | null;
}

async function stations(): Promise<readonly StationClock[]> {
  return (await scene.gateway.get<{ items: readonly StationClock[] }>('/api/v1/stations')).items;
}

async function clockOf(station: string) {
  const { clock } = (await stations()).find((shown) => shown.station === station)!;
  return clock!;
}

// Seconds pass between the making of the files and their reception.
const sending = 60;

test('a clock that is right is in step', async () => {
  const clock = await clockOf('NUO001');
  expect(clock).toMatchObject({ verdict: 'in-step', looksLikeUtc: false });
  expect(clock.text.en).toMatch(/^no significant offset \(at most \d+ s behind\)$/);
});

test('a clock that is 20 minutes ahead is reported, though every line of it is refused', async () => {
  const clock = await clockOf('NUO002');
  expect(clock.verdict).toBe('ahead');
  expect(clock.offsetAtLeastSeconds).toBeLessThanOrEqual(20 * 60);
  expect(clock.offsetAtLeastSeconds).toBeGreaterThan(20 * 60 - sending);
  expect(clock.text.en).toMatch(/^at least (19|20) min ahead$/);
  expect(clock.measured.leastLagSeconds).toBe(-clock.offsetAtLeastSeconds);
});

test('a clock that is 7 hours behind is asked whether it writes UTC', async () => {
  const clock = await clockOf('NUO003');
  expect(clock).toMatchObject({ verdict: 'behind-or-late', looksLikeUtc: true });
  expect(clock.text.en).toMatch(
    /^7 h( 1 min)? behind: the logger may write UTC, or the files were sent late$/,
  );
  expect(clock.text.vi).toMatch(
    /^chậm 7 giờ( 1 phút)?: có thể datalogger ghi giờ UTC, hoặc tệp gửi muộn$/,
  );
  expect(clock.offsetAtLeastSeconds).toBeLessThanOrEqual(-7 * 3600);
});

test('the same is in the metrics', async () => {
  const response = await fetch(`${scene.gateway.consoleUrl}/metrics`);
  const metrics = await response.text();
  for (const station of ['NUO001', 'NUO002', 'NUO003']) {
    const { offsetAtLeastSeconds } = await clockOf(station);
    expect(metrics).toContain(
      `envigate_station_clock_offset_seconds{station="${station}"} ${offsetAtLeastSeconds}\n`,
    );
  }
});
