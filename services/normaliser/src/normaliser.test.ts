import { describe, expect, test } from '@jest/globals';
import {
  normalisedFileCodec,
  quarantinedFileCodec,
  stationFileCodec,
  type StationFile,
} from '@envigate/contracts';
import { RegistryView } from '@envigate/domain';
import { streams, type EventLog } from '@envigate/event-log';
import { Telemetry, silentLogger } from '@envigate/runtime';
import { startNormaliser } from './normaliser.ts';
import { events } from './telemetry.ts';
import { MemoryEventLog } from './testing/memory-event-log.ts';

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
    type: 'station-file.v1',
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
    content: Buffer.from(content).toString('base64'),
  };
}

async function start(current: () => RegistryView = () => registry, ready?: () => Promise<void>) {
  const log = new MemoryEventLog();
  const telemetry = new Telemetry();
  const starting = startNormaliser({
    eventLog: log as unknown as EventLog,
    registry: { current, ...(ready === undefined ? {} : { ready }) },
    clock: () => new Date('2026-03-24T17:00:41.500Z'),
    emit: telemetry.emitter(events, silentLogger()),
    maxBatchRecords: 100,
  });
  if (ready === undefined) await starting;
  const send = (file: StationFile) => {
    const { receptionId, account } = file.reception;
    log.add(streams.files, { key: account, id: receptionId, value: stationFileCodec.encode(file) });
  };
  return { log, telemetry, starting, send };
}

describe('the normaliser', () => {
  test('sends readings on under their station and the rest to quarantine under its account', async () => {
    const { log, send } = await start();
    send(message(good, 1));
    send(message('nonsense', 2));
    const [readings, quarantine, ...more] = log.run();
    expect(more).toEqual([]);

    expect(readings).toMatchObject({
      stream: streams.readings,
      key: 'S',
      id: message('', 1).reception.receptionId,
    });
    const file = normalisedFileCodec.decode(readings!.value);
    expect(file).toMatchObject({ station: 'S', readings: [{ parameter: 'COD', value: 16.2 }] });
    expect(Buffer.from(file.content, 'base64').toString()).toBe(good);

    expect(quarantine).toMatchObject({
      stream: streams.quarantine,
      key: 'a',
      id: message('', 2).reception.receptionId,
    });
    expect(quarantinedFileCodec.decode(quarantine!.value)).toMatchObject({
      station: 'S',
      reason: 'unknown-form',
      content: Buffer.from('nonsense').toString('base64'),
    });
  });

  test('gives the same outputs again for the same records', async () => {
    const { log, send } = await start();
    send(message(good, 1));
    const first = log.run();
    send(message(good, 1));
    expect(log.run()).toEqual(first);
  });

  test('takes nothing before the registry was loaded', async () => {
    let loaded: () => void = () => undefined;
    const { log, starting } = await start(
      () => registry,
      () => new Promise<void>((resolve) => (loaded = resolve)),
    );
    expect(log.piped).toBeUndefined();
    loaded();
    await starting;
    expect(log.piped).toMatchObject({
      group: 'normaliser',
      from: streams.files,
      maxBatchRecords: 100,
    });
  });

  test('counts files, lines and the time since reception, once they are committed', async () => {
    const { log, telemetry, send } = await start();
    send(message(good + good.replace('16.2', '---') + good.replace('COD', 'Xyz'), 1));
    send(message('nonsense', 2));
    log.add(streams.files, { key: 'a', id: 'x', value: Buffer.from('garbage') });
    log.runInVain();
    expect(await telemetry.metrics()).not.toMatch(/_total(\{.*\})? [1-9]/);
    log.run();
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
  const { log, telemetry, send } = await start();
  send(message('COD\t5\tpH units\t20260325000000\t00\r\n', 1));
  log.run();
  expect(await telemetry.metrics()).toContain('{outcome="reading",reason="unit-unexpected@2"} 1');
});

describe('a message the normaliser fails on', () => {
  test('is quarantined as our fault, and the others go on', async () => {
    const { log, send } = await start();
    send(message(good, 1));
    const spoilt = { ...message(good, 2), type: 'station-file.v9' };
    log.add(streams.files, { key: 'a', id: 'x', value: Buffer.from(JSON.stringify(spoilt)) });
    send(message(good, 3));
    const outputs = log.run();
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
    const { log, telemetry } = await start();
    const value = Buffer.from(text);
    log.add(streams.files, { key: 'a', id: 'x', value });
    expect(log.run()).toEqual([{ stream: streams.quarantine, key: 'a', id: 'x', value }]);
    expect(await telemetry.metrics()).toContain(
      'envigate_normaliser_unusable_messages_total{outcome="passed-on"} 1',
    );
  });
});
