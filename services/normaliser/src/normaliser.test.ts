import { afterEach, describe, expect, jest, test } from '@jest/globals';
import {
  normalisedFileCodec,
  quarantinedFileCodec,
  stationFileCodec,
  type StationFile,
} from '@envigate/contracts';
import { RegistryView } from '@envigate/domain';
import { streams, type OutgoingRecord } from '@envigate/event-log';
import { MemoryEventLog } from '@envigate/event-log/memory-event-log';
import { Telemetry, silentLogger } from '@envigate/runtime';
import { startNormaliser } from './normaliser.ts';
import { events } from './telemetry.ts';

const registry = new RegistryView({
  facilities: [{ code: 'F', name: 'F' }],
  parameters: [{ code: 'COD', symbol: 'COD', name: 'COD', nameEn: 'COD', unit: 'mg/L' }],
  stations: [{ code: 'S', facility: 'F', name: 'S', kind: 'waste-water' }],
  accounts: [{ code: 'a', stations: ['S'] }],
  targets: [],
});
const good = 'COD\t16.2\tmg/l\t20260325000000\t00\r\n';

function message(content: string, sequence: number): StationFile {
  return {
    type: 'station-file.v2',
    reception: {
      receptionId: `01KAAAAAAAAAAAAAAAAAAAAAA${sequence}`,
      spoolId: 'spool',
      spoolSequence: sequence,
      receivedAt: '2026-03-24T17:00:40.000Z',
      protocol: 'ftp',
      peer: '10.0.0.1',
      account: 'a',
      folder: '/',
      name: 'S_20260325000000.txt',
      size: content.length,
      contentHash: '0'.repeat(64),
      fileId: '0'.repeat(64),
    },
    content: Buffer.from(content),
  };
}

const logs: MemoryEventLog[] = [];
afterEach(async () => {
  await Promise.all(logs.splice(0).map((log) => log.close()));
});

async function start(current: () => RegistryView = () => registry, ready?: () => Promise<void>) {
  const log = new MemoryEventLog();
  logs.push(log);
  const pipe = jest.spyOn(log, 'pipe');
  const telemetry = new Telemetry();
  const starting = startNormaliser({
    eventLog: log,
    registry: { current, ...(ready === undefined ? {} : { ready }) },
    clock: () => new Date('2026-03-24T17:00:41.500Z'),
    emit: telemetry.emitter(events, silentLogger()),
    maxBatchRecords: 100,
  });
  if (ready === undefined) await starting;
  const feed = await log.openFeed('spool');
  /** Station files, or bytes that are not one, all in one batch. */
  const send = (...files: readonly (StationFile | string)[]): Promise<void> =>
    feed.append(
      files.map((file) => ({
        stream: streams.files,
        key: 'a',
        ...(typeof file === 'string'
          ? { id: 'x', value: Buffer.from(file) }
          : { id: file.reception.receptionId, value: stationFileCodec.encode(file) }),
      })),
      feed.position + 1,
    );
  const outputs = (): readonly OutgoingRecord[] =>
    log.published.filter(({ stream }) => stream !== streams.files);
  /** What became of the files so far, once there are so many records. */
  const whenPublished = async (count: number): Promise<readonly OutgoingRecord[]> => {
    await log.until(() => outputs().length >= count);
    return outputs();
  };
  return { log, pipe, telemetry, starting, send, outputs, whenPublished };
}

describe('the normaliser', () => {
  test('leaves beside the bytes of readings exactly what they say', async () => {
    const { send, whenPublished } = await start();
    const lines = ['COD\t<0.5\tug/l', 'COD\t-1e-3\tmg/l', 'COD\t\tmg/l', 'Độ\t7\t'];
    const texts = lines.map((line) => `${line}\t20260325000000\t00\r\n`);
    await send(...texts.map((text, i) => message(`${good}${text}${text}`, i + 1)));
    const outputs = await whenPublished(lines.length);
    for (const { value, message: beside } of outputs)
      expect(normalisedFileCodec.decode(value)).toEqual(beside);
  });

  test('sends readings on under their station and the rest to quarantine under its account', async () => {
    const { send, whenPublished } = await start();
    await send(message(good, 1), message('nonsense', 2));
    const [readings, quarantine, ...more] = await whenPublished(2);
    expect(more).toEqual([]);

    expect(readings).toMatchObject({
      stream: streams.readings,
      key: 'S',
      id: message('', 1).reception.receptionId,
    });
    const file = normalisedFileCodec.decode(readings!.value);
    expect(file).toMatchObject({ station: 'S', readings: [{ parameter: 'COD', value: 16.2 }] });
    expect(Buffer.from(file.content).toString()).toBe(good);
    expect(readings!.message).toEqual(file);

    expect(quarantine).toMatchObject({
      stream: streams.quarantine,
      key: 'a',
      id: message('', 2).reception.receptionId,
    });
    expect(quarantinedFileCodec.decode(quarantine!.value)).toMatchObject({
      station: 'S',
      reason: 'unknown-form',
      content: Buffer.from('nonsense'),
    });
  });

  test('gives the same outputs again for the same records', async () => {
    const { send, whenPublished } = await start();
    await send(message(good, 1));
    await send(message(good, 1));
    const [first, again] = await whenPublished(2);
    expect(again).toEqual(first);
  });

  test('takes nothing before the registry was loaded', async () => {
    let loaded: () => void = () => undefined;
    const { pipe, starting, send, whenPublished } = await start(
      () => registry,
      () => new Promise<void>((resolve) => (loaded = resolve)),
    );
    await send(message(good, 1));
    expect(pipe).not.toHaveBeenCalled();
    loaded();
    await starting;
    expect(pipe.mock.calls).toMatchObject([
      [{ group: 'normaliser', from: streams.files, maxBatchRecords: 100 }],
    ]);
    expect(await whenPublished(1)).toMatchObject([{ stream: streams.readings }]);
  });

  test('counts files, lines and the time since reception, once they are committed', async () => {
    const { log, telemetry, send, outputs, whenPublished } = await start();
    const metricsInVain: string[] = [];
    log.beforeCommit = async ([record]) => {
      if (record?.stream === streams.files || metricsInVain.length > 0) return;
      metricsInVain.push(await telemetry.metrics());
      throw Object.assign(new Error('broker away'), { retryable: true });
    };
    await send(
      message(good + good.replace('16.2', '---') + good.replace('COD', 'Xyz'), 1),
      message('nonsense', 2),
      'garbage',
    );
    await whenPublished(3);
    expect(outputs()).toHaveLength(3);
    expect(metricsInVain).toHaveLength(1);
    expect(metricsInVain[0]).not.toMatch(/_total(\{.*\})? [1-9]/);
    const metrics = await telemetry.metrics();
    for (const line of [
      'envigate_normalised_files_total{outcome="normalised"} 1',
      'envigate_normalised_files_total{outcome="quarantined"} 1',
      'envigate_quarantined_files_total{reason="unknown-form"} 1',
      'envigate_normalised_lines_total{outcome="reading",reason="none"} 1',
      'envigate_normalised_lines_total{outcome="reading",reason="unknown-symbol@1"} 1',
      'envigate_normalised_lines_total{outcome="rejected",reason="conflicting-duplicate"} 1',
      'envigate_normalised_lines_total{outcome="rejected",reason="wrong-column-count"} 1',
      'envigate_unknown_symbol_readings_total{station="S"} 1',
      'envigate_normalise_latency_seconds_sum 3',
      'envigate_normaliser_unusable_messages_total{outcome="passed-on"} 1',
    ]) {
      expect(metrics.split('\n')).toContain(line);
    }
  });
});

test('lines are counted by the rule of their reason, whatever its threshold', async () => {
  const { telemetry, send, whenPublished } = await start();
  await send(message('COD\t5\tpH units\t20260325000000\t00\r\n', 1));
  await whenPublished(1);
  expect(await telemetry.metrics()).toContain('{outcome="reading",reason="unit-unexpected@2"} 1');
});

describe('a message the normaliser fails on', () => {
  test('is quarantined as our fault, and the others go on', async () => {
    const { send, whenPublished } = await start();
    const spoilt = { ...message(good, 2), type: 'station-file.v9' } as unknown as StationFile;
    const bytes = Buffer.from(stationFileCodec.encode(spoilt));
    await send(message(good, 1), bytes.toString(), message(good, 3));
    const outputs = await whenPublished(3);
    expect(outputs.map(({ stream }) => stream)).toEqual([
      streams.readings,
      streams.quarantine,
      streams.readings,
    ]);
    expect(quarantinedFileCodec.decode(outputs[1]!.value)).toMatchObject({
      reception: spoilt.reception,
      content: spoilt.content,
      reason: 'internal-error',
      detail: expect.stringContaining('/type'),
      rejectedLines: [],
    });
  });

  test.each([
    ['no JSON', 'garbage'],
    ['null', 'null'],
    ['no reception', '{"type":"station-file.v1","content":""}'],
  ])('is passed on as it is where it holds %s', async (_what, text) => {
    const { telemetry, send, whenPublished } = await start();
    await send(text);
    expect(await whenPublished(1)).toEqual([
      { stream: streams.quarantine, key: 'a', id: 'x', value: Buffer.from(text) },
    ]);
    expect(await telemetry.metrics()).toContain(
      'envigate_normaliser_unusable_messages_total{outcome="passed-on"} 1',
    );
  });
});
