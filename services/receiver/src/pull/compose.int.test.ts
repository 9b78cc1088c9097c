import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stationFileCodec, validateConfiguration } from '@envigate/contracts';
import { MemoryEventLog } from '@envigate/event-log/memory-event-log';
import { Health, Telemetry, silentLogger, systemClock } from '@envigate/runtime';
import { hasSshd, startOpenssh } from '@envigate/test-support';
import { expect, test } from '@jest/globals';
import { receiver } from '../compose.ts';
import { FakeHeardReports } from '../testing/fake-heard-reports.ts';
import { FakeReceptionRecord } from '../testing/fake-reception-record.ts';
import { SitesRegistry, lively } from './testing/pull-scene.ts';

(hasSshd() ? test : test.skip)(
  'the receiver as it is put together fetches and publishes',
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'envigate-receiver-'));
    const { server, site } = await startOpenssh();
    const registry = new SitesRegistry();
    const eventLog = new MemoryEventLog();
    const config = validateConfiguration({
      dataDir: dir,
      receiver: { ftp: { enabled: false }, sftp: { enabled: false } },
    });
    const started = await receiver
      .compose({
        ...{ config, logger: silentLogger(), telemetry: new Telemetry(), health: new Health() },
        ...{
          clock: systemClock,
          eventLog,
          receptions: new FakeReceptionRecord(),
          heardReports: new FakeHeardReports(),
          registry,
        },
      })
      .start();
    try {
      await writeFile(join(server.dir, 'a.txt'), 'pH\t7.1\r\n');
      registry.set([{ ...site, ...lively, folders: [server.root] }]);
      await eventLog.until(() => eventLog.published.length > 0);
      const [record] = eventLog.published;
      const { reception, content } = stationFileCodec.decode(record?.value ?? new Uint8Array());
      expect(Buffer.from(content).toString()).toBe('pH\t7.1\r\n');
      expect(reception).toMatchObject({
        ...{ protocol: 'pull', peer: '127.0.0.1', account: 'tram01' },
        ...{ folder: server.root, name: 'a.txt' },
      });
    } finally {
      await started.stop();
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    }
  },
);
