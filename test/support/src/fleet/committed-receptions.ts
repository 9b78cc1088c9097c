import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { normalisedFileCodec, quarantinedFileCodec } from '@envigate/contracts';
import { streams } from '@envigate/event-log';
import { repositoryRoot } from '../gateway.ts';
import { kafkaBrokers, type Scene, type SceneOptions } from '../scene.ts';
import { canRunKafkaJars, kafkaJars } from '../servers/kafka-jars.ts';
import { fileEventStreams } from './verify-fleet.ts';

/** Whether `committedReceptionIds` can run; on Kafka it needs Java and Kafka's jars. */
export const canReadEvents = (eventLog: SceneOptions['eventLog']): boolean =>
  eventLog !== 'kafka' || canRunKafkaJars();

/** The reception of every file event that a reader of committed records sees, in no order. */
export async function committedReceptionIds(
  scene: Pick<Scene, 'database' | 'topicPrefix'>,
  eventLog: SceneOptions['eventLog'],
): Promise<readonly string[]> {
  const values =
    eventLog === 'kafka' ? await readTopics(scene.topicPrefix) : await readTable(scene);
  return values.map(({ stream, value }) => {
    const codec = stream === streams.readings ? normalisedFileCodec : quarantinedFileCodec;
    return codec.decode(value).reception.receptionId;
  });
}

interface EventValue {
  readonly stream: string;
  readonly value: Uint8Array;
}

function readTable({ database }: Pick<Scene, 'database'>): Promise<readonly EventValue[]> {
  return database.query<{ stream: string; value: Buffer }>(
    'SELECT stream, value FROM event_log.records WHERE stream = ANY($1)',
    [[...fileEventStreams]],
  );
}

/** Kafka's own client, not our adapter: what any other program on the broker sees. */
async function readTopics(topicPrefix: string): Promise<readonly EventValue[]> {
  const { stdout } = await promisify(execFile)(
    'java',
    [
      '-cp',
      join(await kafkaJars(console.error), '*'),
      join(repositoryRoot, 'test/support/clients/CommittedReader.java'),
      kafkaBrokers().join(','),
      ...fileEventStreams.map((stream) => `${topicPrefix}${stream}`),
    ],
    { maxBuffer: 256 << 20, timeout: 120_000 },
  );
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [topic = '', value = ''] = line.split('\t');
      return { stream: topic.slice(topicPrefix.length), value: Buffer.from(value, 'base64') };
    });
}
