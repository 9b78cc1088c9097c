import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Registry, StationFile } from '@envigate/contracts';
import { RegistryView, summariseReplay, wordsOf } from '@envigate/domain';
import { exportRegistry, importRegistry, replayDesk } from '@envigate/postgres';
import { reception, registry } from './testing/recorder-scene.ts';
import { ReplayScene } from './testing/replay-scene.ts';

const bod = { code: 'BOD', symbol: 'BOD', name: 'BOD5', nameEn: 'BOD5', unit: 'mg/L' };
const withBod: Registry = { ...registry, parameters: [...registry.parameters, bod] };
const s3 = { code: 'S3', facility: 'F1', name: 'Trạm 3', kind: 'waste-water' } as const;
const withS3: Registry = {
  ...registry,
  stations: [...registry.stations, { ...s3, targets: ['ministry'] }],
  accounts: [{ code: 'A1', stations: ['S1', 'S2', 'S3'] }],
};

let scene: ReplayScene;
beforeEach(async () => {
  scene = await ReplayScene.create();
});
afterEach(() => scene.close());

const all = <Row extends object>(sql: string): Promise<readonly Row[]> => scene.database.query(sql);
const states = () => all('SELECT name, state, data_to, form FROM files ORDER BY name');

describe('a file in quarantine', () => {
  test('goes to the record once its station is registered, as received at first', async () => {
    const { reception } = await scene.receive('S3_20260101170000.txt', [
      'pH;7.1;;0',
      'TSS;9;mg/L;0',
    ]);
    expect(await scene.quarantine()).toEqual(['file 0 unknown-station open']);

    await scene.register(withS3);
    const [replay, ...more] = await scene.settle();

    expect(more).toEqual([]);
    expect(replay?.reception).toEqual({
      ...reception,
      receptionId: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/),
      spoolId: 'replay',
      spoolSequence: 1,
      replay: expect.objectContaining({ of: reception.receptionId, automatic: true }),
    });
    expect(await scene.recorder.readings()).toHaveLength(2);
    expect(await states()).toMatchObject([
      { state: 'stored', data_to: new Date('2026-01-01T10:00:00Z'), form: 'A5 tab utf-8' },
    ]);
    expect(await scene.quarantine()).toEqual(['file 0 unknown-station understood']);
    expect(await all('SELECT state FROM deliveries')).toEqual([{ state: 'due' }]);
    expect(await scene.faults()).toEqual([]);
    expect(
      await all(`SELECT outcome, new_readings, warnings->0->>'code' AS mark FROM receptions
                      ORDER BY recorded_at, chain`),
    ).toEqual([
      { outcome: 'quarantined', new_readings: 0, mark: null },
      { outcome: 'stored', new_readings: 2, mark: 'replayed-automatically' },
    ]);
  });

  test('is left alone by a change that does not concern it', async () => {
    await scene.receive('S3_20260101170001.txt', ['pH;7.1;;0']);
    await scene.register(withBod);
    expect(await scene.settle()).toEqual([]);
    expect(await scene.quarantine()).toEqual(['file 0 unknown-station open']);
  });

  test('is stored for the station that a person assigns', async () => {
    await scene.receive('S3_20260101170001.txt', ['pH;7.1;;0']);
    const batch = await scene.request({
      selection: { kind: 'quarantine', reason: 'unknown-station' },
      station: 'S2',
      note: 'đặt sai tên',
    });
    await scene.settle();
    expect(await scene.recorder.readings()).toEqual([
      'S2 pH 10:00: 7.1 rev 1 from S3_20260101170001.txt line 1',
    ]);
    expect(await all('SELECT batch_id, outcome FROM replays')).toEqual([
      { batch_id: batch, outcome: 'stored' },
    ]);
    const [mark] = await all<{ detail: string }>(
      `SELECT warnings->0->>'detail' AS detail FROM receptions WHERE spool_id = 'replay'`,
    );
    expect(wordsOf(mark?.detail ?? '').en).toMatch(
      /by nguyenvana at .* as station S2: đặt sai tên$/,
    );
    expect(await scene.faults()).toEqual([]);
  });

  test('that is still not understood stays there, with the new reason where it changed', async () => {
    await scene.receive('S3_20260101170001.txt', ['pH;7.1;;0']);
    await scene.request({ selection: { kind: 'quarantine' } });
    await scene.settle();
    expect(await scene.quarantine()).toEqual(['file 0 unknown-station open']);
    await scene.register({ ...registry, accounts: [] });
    await scene.request({ selection: { kind: 'quarantine' } });
    await scene.settle();
    expect(await scene.quarantine()).toEqual([
      'file 0 unknown-station other-reason',
      'file 0 unknown-account open',
    ]);
    expect(await all(`SELECT outcome, reason FROM replays ORDER BY spool_sequence`)).toEqual([
      { outcome: 'quarantined', reason: 'unknown-station' },
      { outcome: 'quarantined', reason: 'unknown-account' },
    ]);
    expect(await scene.faults()).toEqual([]);
  });

  test('keeps its quarantine where a person takes back what made it understood', async () => {
    await scene.receive('S1_20260101170001.txt', ['pH;7.1;;0']);
    await scene.register({ ...registry, accounts: [] });
    const [file] = await all<{ id: string }>(`SELECT encode(file_id, 'hex') AS id FROM files`);
    await scene.request({ selection: { kind: 'files', fileIds: [file!.id] } });
    await scene.settle();
    expect(await states()).toMatchObject([{ state: 'stored' }]);
    expect(await scene.quarantine()).toEqual([]);
    expect(await scene.recorder.readings()).toHaveLength(1);
    expect(await all('SELECT outcome, reason FROM replays')).toEqual([
      { outcome: 'quarantined', reason: 'unknown-account' },
    ]);
  });
});

describe('a file in quarantine that comes again', () => {
  const sentAgain = (sent: StationFile): StationFile => {
    const content = Buffer.from(sent.content);
    return { ...sent, reception: reception(sent.reception.name, content) };
  };
  const outcomes = async () =>
    (await all<{ outcome: string }>('SELECT outcome FROM receptions ORDER BY recorded_at')).map(
      ({ outcome }) => outcome,
    );

  test('is read where its upload broke off before', async () => {
    const sent = await scene.receive('S1_20260101170001.txt', ['pH;7.1;;0']);
    const other = Buffer.from('TSS\t9\tmg/L\t20260101170000\t00\r\n');
    const broken = {
      ...sent,
      content: other,
      reception: { ...reception('S1_20260101170002.txt', other), interrupted: true as const },
    };
    await scene.pass(broken);
    await scene.pass(sentAgain(broken));
    await scene.pass(sentAgain(broken));
    expect(await outcomes()).toEqual(['stored', 'quarantined', 'stored', 'duplicate']);
    expect(await scene.recorder.readings()).toHaveLength(2);
    expect(await scene.quarantine()).toEqual(['file 0 interrupted understood']);
    expect(await scene.faults()).toEqual([]);
  });

  test('is read where its station was registered meanwhile, and is delivered', async () => {
    const sent = await scene.receive('S3_20260101170000.txt', ['pH;7.1;;0']);
    await scene.register(withS3);
    await scene.pass(sentAgain(sent));
    expect(await outcomes()).toEqual(['quarantined', 'stored']);
    expect(await states()).toMatchObject([{ state: 'stored' }]);
    expect(await all('SELECT state FROM deliveries')).toEqual([{ state: 'due' }]);
    expect(await scene.quarantine()).toEqual(['file 0 unknown-station understood']);
  });

  test('stays there as one file where its content is understood no better', async () => {
    const sent = await scene.receive('S1_20260101170000.txt', ['pH\t7', 'TSS\t9']);
    await scene.pass(sentAgain(sent));
    await scene.pass({ ...sent, reception: { ...sentAgain(sent).reception, interrupted: true } });
    expect(await outcomes()).toEqual(['quarantined', 'quarantined', 'quarantined']);
    expect(await scene.quarantine()).toEqual([
      'file 0 unknown-form open',
      'line 1 wrong-column-count open',
      'line 2 wrong-column-count open',
    ]);
    expect(await states()).toHaveLength(1);
    expect(await scene.faults()).toEqual([]);
  });

  test('has the newest reason where another thing is wrong with it by now', async () => {
    const sent = await scene.receive('S1_20260101170000.txt', ['pH\t7', 'TSS\t9']);
    scene.view = new RegistryView({ ...registry, accounts: [] });
    await scene.pass(sentAgain(sent));
    expect((await scene.quarantine()).filter((row) => row.startsWith('file'))).toEqual([
      'file 0 unknown-form other-reason',
      'file 0 unknown-account open',
    ]);
  });
});

describe('asked for more than once', () => {
  const request = { requestId: 'one', selection: { kind: 'quarantine' } as const, station: 'S2' };

  test('the same request is one batch and one replay', async () => {
    await scene.receive('S3_20260101170001.txt', ['pH;7.1;;0']);
    const batches = [await scene.request(request), await scene.request(request)];
    expect(new Set(batches).size).toBe(1);
    expect(await scene.settle()).toHaveLength(1);
    await scene.request(request);
    expect(await scene.settle()).toEqual([]);
  });

  test('a file on its way is not sent again', async () => {
    await scene.receive('S3_20260101170001.txt', ['pH;7.1;;0']);
    await scene.request({ ...request, requestId: 'a' });
    await scene.request({ ...request, requestId: 'b' });
    await scene.work();
    expect(await scene.takeOutbox()).toHaveLength(1);
  });

  test('numbers have no hole, and messages stand in their order', async () => {
    for (let i = 0; i < 450; i++)
      await scene.receive(`S3_202601011${String(i).padStart(5, '0')}.txt`, ['pH;7.1;;0']);
    await Promise.all(['a', 'b'].map((requestId) => scene.request({ ...request, requestId })));
    await scene.work();
    const sequences = (await scene.takeOutbox()).map(({ reception }) => reception.spoolSequence);
    expect(sequences).toEqual(Array.from({ length: 450 }, (_, i) => i + 1));
  }, 90_000);
});

describe('a stored file', () => {
  test('with a symbol that is mapped later: the reading moves, nothing is doubled or lost', async () => {
    await scene.receive('S1_20260101170001.txt', ['pH;7.1;;0', 'BOD;30;mg/L;0']);
    expect(await scene.recorder.readings()).toContain(
      'S1 BOD 10:00: 30 rev 1 from S1_20260101170001.txt line 2',
    );
    const [station] = registry.stations;
    await scene.register({
      ...registry,
      stations: [
        { ...station!, parameters: [{ parameter: 'TSS', mapping: 'BOD' }] },
        ...registry.stations.slice(1),
      ],
    });
    await scene.settle();
    expect(await scene.recorder.readings()).toEqual([
      'S1 TSS 10:00: 30 rev 1 from S1_20260101170001.txt line 2',
      'S1 pH 10:00: 7.1 rev 1 from S1_20260101170001.txt line 1',
    ]);
    expect(await scene.recorder.readings('reading_revisions')).toEqual([
      'S1 BOD 10:00: 30 rev 1 from S1_20260101170001.txt line 2',
    ]);
    expect(await scene.recorder.outcomes()).toMatchObject([
      { outcome: 'stored', new: 1, repeats: 1 },
      { outcome: 'stored', new: 2 },
    ]);
    expect(await scene.settle()).toEqual([]);
  });

  test('with a symbol that the catalogue learns keeps its code and loses the mark', async () => {
    await scene.receive('S1_20260101170001.txt', ['BOD;30;mg/L;0']);
    await scene.register(withBod);
    await scene.settle();
    expect(await all('SELECT revision, flag, reasons FROM readings')).toEqual([
      { revision: 2, flag: 1, reasons: [] },
    ]);
    expect(await scene.recorder.readings('reading_revisions')).toEqual([
      'S1 BOD 10:00: 30 rev 1 from S1_20260101170001.txt line 1',
    ]);
    expect(await scene.settle()).toEqual([]);
  });

  test('does not take back what a later file corrected', async () => {
    await scene.receive(
      'S1_20260101170001.txt',
      ['pH;7.1;;0', 'BOD;30;mg/L;0'],
      '2026-01-01T11:00:00.000Z',
    );
    await scene.receive('S1_20260101170002.txt', ['pH;7.9;;0'], '2026-01-01T12:00:00.000Z');
    await scene.register(withBod);
    await scene.settle();
    expect(await scene.recorder.readings()).toContain(
      'S1 pH 10:00: 7.9 rev 2 from S1_20260101170002.txt line 1',
    );
    expect(await scene.recorder.readings('reading_revisions')).toContain(
      'S1 pH 10:00: 7.1 rev 1 from S1_20260101170001.txt line 1',
    );
  });

  test('a line that is understood now brings its reading, and only its row is resolved', async () => {
    await scene.receive('S1_20260101170001.txt', [
      'pH;7.1;;0',
      'TSS\t9',
      'TSS;8;mg/L;20260199999999',
    ]);
    const before = await scene.quarantine();
    expect(before).toHaveLength(2);
    // What a profile would do: the second line is read by it.
    const [file] = await all<{ id: string }>(`SELECT encode(file_id, 'hex') AS id FROM files`);
    await scene.request({ selection: { kind: 'files', fileIds: [file!.id] } });
    await scene.work();
    const [replay] = await scene.takeOutbox();
    const message = scene.normalise(replay!);
    if (message.type !== 'normalised-file.v2') throw new Error('it is understood');
    const reading = { ...message.readings[0]!, parameter: 'TSS', value: 9, unit: 'mg/L', line: 2 };
    await scene.recorder.record({
      ...message,
      readings: [...message.readings, reading],
      rejectedLines: message.rejectedLines.filter(({ line }) => line !== 2),
    });
    expect(await scene.recorder.readings()).toHaveLength(2);
    expect(await scene.quarantine()).toEqual([before[0]!.replace('open', 'understood'), before[1]]);
  });
});

test('an older file that is understood late does not pass for a correction', async () => {
  await scene.receive('S3_20260101170001.txt', ['pH;7.1;;0'], '2026-01-01T11:00:00.000Z');
  await scene.receive('S2_20260101170001.txt', ['pH;7.5;;0'], '2026-01-01T12:00:00.000Z');
  await scene.request({ selection: { kind: 'quarantine' }, station: 'S2' });
  await scene.settle();
  expect(await scene.recorder.readings()).toEqual([
    'S2 pH 10:00: 7.5 rev 2 from S2_20260101170001.txt line 1',
  ]);
  expect(await scene.recorder.readings('reading_revisions')).toEqual([
    'S2 pH 10:00: 7.1 rev 1 from S3_20260101170001.txt line 1',
  ]);
  expect(await scene.recorder.outcomes()).toMatchObject([
    { outcome: 'stored', new: 0, corrections: 0, repeats: 1 },
    { outcome: 'quarantined' },
    { outcome: 'stored', new: 1 },
  ]);
});

test('a normaliser that has not seen the registry yet is asked again', async () => {
  await scene.receive('S3_20260101170001.txt', ['pH;7.1;;0']);
  const behind = scene.view;
  await scene.register(withS3);
  scene.view = behind;
  await scene.work();
  for (const file of await scene.takeOutbox()) await scene.pass(file);
  expect(await scene.recorder.readings()).toEqual([]);
  await scene.register(withS3);
  await scene.settle();
  expect(await scene.recorder.readings()).toHaveLength(1);
});

describe('the desk', () => {
  test('foresees what a replay then brings, and changes nothing by it', async () => {
    await scene.receive('S3_20260101170001.txt', ['pH;7.1;;0', 'BOD;3;mg/L;0', 'TSS\t9']);
    const desk = replayDesk(scene.database);
    const selection = { kind: 'quarantine', reason: 'unknown-station' } as const;
    const decision = { actor: 'nguyenvana', station: 'S2' };
    expect(await desk.count(selection)).toBe(1);
    const [file, ...more] = await desk.preview(selection, decision, 10);
    expect(more).toEqual([]);
    expect(summariseReplay(file!, scene.view)).toMatchObject({
      ...{ outcome: 'stored', cured: true, station: 'S2', readings: 2, rejectedLines: 1 },
      unknownSymbols: ['BOD'],
    });
    expect(await scene.settle()).toEqual([]);

    const batch = await desk.request({ ...decision, selection });
    expect(await desk.batch(batch)).toMatchObject({ requested: 0, isExpanded: false });
    await scene.settle();
    expect(await desk.batch(batch)).toMatchObject({
      ...{ requested: 1, stored: 1, underWay: 0, isExpanded: true, newReadings: 2 },
    });
    expect(await scene.quarantine()).toEqual([
      'file 0 unknown-station understood',
      'line 3 wrong-column-count open',
    ]);
  });

  test('counts what is open by reason, and shows one row', async () => {
    await scene.receive('S3_20260101170001.txt', ['pH;7.1;;0']);
    await scene.receive('S1_20260101170001.txt', ['pH;7.1;;0', 'TSS\t9', 'TSS\t8']);
    const desk = replayDesk(scene.database);
    expect(await desk.reasonCounts({ state: 'open' })).toEqual({
      isComplete: true,
      items: [
        { reason: 'unknown-station', files: 1, rows: 1 },
        { reason: 'wrong-column-count', files: 1, rows: 2 },
      ],
    });
    const ofStation = await desk.reasonCounts({ state: 'open', station: 'S1', text: 's1_' });
    expect(ofStation.items).toHaveLength(1);
    expect((await desk.reasonCounts({ state: 'resolved' })).items).toEqual([]);
    const [row] = await all<{ id: number }>(
      `SELECT max(quarantine_id) AS id FROM quarantine WHERE scope = 'line'`,
    );
    expect(await desk.quarantined(row!.id)).toMatchObject({
      line: 3,
      station: 'S1',
      text: 'TSS\t8',
    });
    expect(await desk.quarantined(row!.id + 1)).toBeUndefined();
  });

  test('shows unknown symbols and maps them by a step of the registry', async () => {
    await importRegistry(scene.database, registry, { actor: 'test' });
    await scene.receive('S1_20260101170001.txt', ['SS;30;mg/L;0', 'SS;31;mg/L;5']);
    await scene.receive('S1_20260101170002.txt', ['SS;32;mg/L;10']);
    const desk = replayDesk(scene.database);
    expect(await desk.unknownSymbols()).toEqual([
      {
        ...{ station: 'S1', symbol: 'SS', readings: 3 },
        ...{ from: new Date('2026-01-01T10:00:00Z'), to: new Date('2026-01-01T10:10:00Z') },
        latest: {
          ...{ rawValue: '32', rawUnit: 'mg/L', fileName: 'S1_20260101170002.txt' },
          fileId: expect.stringMatching(/^[0-9a-f]{64}$/),
        },
      },
    ]);
    const mapping = { station: 'S1', symbol: 'SS', parameter: 'TSS' };
    expect(await desk.mapSymbol(mapping, 'nguyenvana')).toEqual({ kind: 'mapped' });
    expect(await desk.mapSymbol(mapping, 'nguyenvana')).toMatchObject({ kind: 'refused' });
    await scene.register(await exportRegistry(scene.database));
    await scene.settle();
    expect(await desk.unknownSymbols()).toEqual([]);
    expect(await scene.recorder.readings()).toEqual([
      'S1 TSS 10:00: 30 rev 1 from S1_20260101170001.txt line 1',
      'S1 TSS 10:05: 31 rev 1 from S1_20260101170001.txt line 2',
      'S1 TSS 10:10: 32 rev 1 from S1_20260101170002.txt line 1',
    ]);
    expect(await scene.faults()).toEqual([]);
  });
});
