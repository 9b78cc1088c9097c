import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Configuration, ItemStory } from '@envigate/contracts';
import { loadConfiguration } from '@envigate/runtime';
import { onUtc } from '../../../recorder/src/testing/recorder-scene.ts';
import { lateAt, ReplayScene } from '../../../recorder/src/testing/replay-scene.ts';
import { explain, type ExplainOptions } from './explain.ts';

let scene: ReplayScene;
let config: Configuration;
let printed: string[];
beforeEach(async () => {
  scene = await ReplayScene.create();
  config = await loadConfiguration({ env: { DATABASE_URL: scene.recorder.databaseUrl } });
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void printed.push(String(line)));
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await scene?.close();
});

async function lines(words: readonly string[], options: ExplainOptions = {}) {
  printed = [];
  await explain(words, config, options);
  return printed;
}

async function story(...words: readonly string[]): Promise<ItemStory> {
  const [json] = await lines(words, { json: true });
  return JSON.parse(json!) as ItemStory;
}

const whats = ({ events }: ItemStory) => events.map(({ what }) => what);

describe('a file', () => {
  test('has its reception, its readings with their lines, and its deliveries with who decided', async () => {
    const { reception } = await scene.receiveLate(0, ['pH;7.1', 'TSS;20']);
    await scene.database.execute(
      `INSERT INTO delivery_decisions (delivery_id, decision, state_before, actor, note)
       SELECT delivery_id, 'retry', 'refused', 'chị Lan', 'máy chủ đã sửa' FROM deliveries`,
    );
    await scene.database.execute(
      `UPDATE deliveries SET state = 'sent', attempts = 2, ended_at = now() + interval '1 s', receipt = 'got it'`,
    );
    const [file] = await scene.database.query<{ file_no: number }>('SELECT file_no FROM files');
    const byId = await story(reception.fileId);
    expect(whats(byId)).toEqual([
      ...['received', 'recorded', 'reading', 'reading'],
      ...['delivery-due', 'delivery-decided', 'delivery-ended'],
    ]);
    expect(byId).toMatchObject({
      ...{
        isComplete: true,
        files: [{ isIntact: true, station: 'S1', contentHash: reception.contentHash }],
      },
      events: [
        { receptionId: reception.receptionId, peer: '10.0.0.1', account: 'A1' },
        { outcome: 'stored', newReadings: 2, chain: 'station.readings/0', chainSequence: 1 },
        { parameter: 'pH', value: 7.1, line: 1, lineText: expect.stringContaining('7.1'), flag: 1 },
        { parameter: 'TSS', value: 20, line: 2 },
        { target: 'ministry' },
        { actor: 'chị Lan', note: 'máy chủ đã sửa', stateBefore: 'refused' },
        { state: 'sent', attempts: 2, receipt: 'got it' },
      ],
    });
    for (const item of [reception.receptionId, String(file!.file_no), reception.name])
      expect(await story(item)).toEqual(byId);
    const shown = await lines([reception.name]);
    expect(shown[0]).toMatch(/tệp gốc còn nguyên · original intact/);
    expect(shown.join('\n')).toMatch(/chị Lan quyết định về lượt truyền .*: retry; lý do: máy chủ/);
    await scene.database.execute(`UPDATE files SET content = 'forged'`);
    expect((await lines([reception.name]))[0]).toMatch(/TỆP GỐC ĐÃ BỊ THAY ĐỔI/);
  });

  test.each([
    ['CR CR LF', (value: number) => `pH\t7.${value}\t\t20260101170${value}00\t00\r`],
    [
      'LF, one with a CR in it',
      (value: number) => `pH\t7.${value}\t\t20260101170${value}00\t0${value === 1 ? '\r' : ''}0`,
    ],
  ])('whose lines end in %s has the lines as they were read', async (_ends, line) => {
    const { reception } = await scene.receiveLate(0, [1, 2, 3].map(line));
    const { events } = await story(reception.fileId);
    const read = events.flatMap((event) =>
      event.what === 'reading' ? [[event.value, event.line, event.lineText?.split('\t')[1]]] : [],
    );
    expect(read.slice(-2)).toEqual([
      [7.2, 2, '7.2'],
      [7.3, 3, '7.3'],
    ]);
  });

  test('that was not understood has the reason and its place', async () => {
    await scene.receive('S1_20260101170000.txt', ['XX', 'pH;7.1'], lateAt(1));
    await scene.receive('my-file.txt', ['pH;7.1'], lateAt(2));
    expect(await story('S1_20260101170000.txt')).toMatchObject({
      events: expect.arrayContaining([
        expect.objectContaining({ what: 'quarantined', line: 1, lineText: 'XX' }),
      ]),
    });
    const unknown = await story('my-file.txt');
    expect(whats(unknown).slice(0, 3)).toEqual(['received', 'recorded', 'quarantined']);
    expect(unknown.events[2]).toMatchObject({ reason: 'unknown-station', line: null });
  });

  test('is named with others where several bear the name; the account chooses', async () => {
    await scene.receiveIn('/a', 'my-file.txt', ['pH;7.1'], lateAt(1));
    await scene.receiveIn('/b', 'my-file.txt', ['pH;7.2'], lateAt(2));
    const shown = await lines(['my-file.txt']);
    expect(shown).toHaveLength(3);
    expect(shown[0]).toMatch(/several files of this name; choose one by its number/);
    await scene.database.execute(
      `UPDATE files SET account = 'A2' WHERE file_no = (SELECT min(file_no) FROM files)`,
    );
    printed = [];
    expect((await lines(['my-file.txt'], { account: 'A2' }))[0]).toMatch(
      /^tệp · file \d+: my-file\.txt {3}A2/,
    );
  });

  test('that is not known is refused in both languages', async () => {
    await expect(explain(['nowhere.txt'], config, {})).rejects.toThrow(
      "không có lượt nhận, tệp hoặc giá trị nào là 'nowhere.txt' · no reception, file or reading",
    );
    await expect(explain(['S1', 'pH'], config, {})).rejects.toThrow('station, parameter and inst');
  });
});

describe('a reading', () => {
  test('has all its revisions with their files, verdicts and deliveries, in the order of time', async () => {
    await scene.receiveLate(0, ['pH;7.1']);
    await scene.receive('S1_20260101170001.txt', ['pH;7.2'], lateAt(5));
    await scene.database.execute(
      `INSERT INTO reading_assessments (station_id, instant, parameter_id, revision, flag, reasons)
       SELECT station_id, instant, parameter_id, revision, 3, ARRAY['spike@1[r: 2]'] FROM readings`,
    );
    const found = await story('S1', 'pH', '2026-01-01T10:00:00Z');
    expect(found.files).toHaveLength(2);
    expect(
      whats(found).filter((what) => what.startsWith('reading') || what === 'assessed'),
    ).toEqual([...['reading', 'reading-superseded', 'reading', 'assessed']]);
    expect(found.events).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ what: 'reading', revision: 1, value: 7.1 }),
        expect.objectContaining({ what: 'reading', revision: 2, value: 7.2 }),
        expect.objectContaining({ what: 'assessed', flag: 3, reasons: ['spike@1[r: 2]'] }),
        expect.objectContaining({ what: 'delivery-due', target: 'ministry' }),
      ]),
    );
    await expect(explain(['S1', 'pH', '2027-01-01T10:00:00Z'], config, {})).rejects.toThrow(
      'no rec',
    );
  });

  test('that its file gives no longer says by which replay, who asked and why', async () => {
    await scene.receiveLate(0, ['pH;7.1']);
    await scene.register(onUtc);
    await scene.reread({
      from: new Date('2026-01-01T00:00:00Z'),
      to: new Date('2026-01-03T00:00:00Z'),
    });
    await scene.settle();
    const found = await story('S1', 'pH', '2026-01-01T10:00:00Z');
    const withdrawn = found.events.find(({ what }) => what === 'reading-withdrawn');
    const request = found.events.find(({ what }) => what === 'replay-requested');
    expect(request).toMatchObject({ actor: 'nguyenvana', note: 'giờ UTC', automatic: false });
    expect(withdrawn).toMatchObject({ by: (request as { receptionId: string }).receptionId });
    expect(found.events.find(({ what }) => what === 'replay-recorded')).toMatchObject({
      ...{ outcome: 'stored', withdrawn: 1 },
    });
    const printedLines = await lines(['S1', 'pH', '2026-01-01T10:00:00Z']);
    expect(printedLines.join('\n')).toMatch(/nguyenvana asked to have it read again; why: giờ UTC/);
  });
});
