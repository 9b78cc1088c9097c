import { access, constants } from 'node:fs/promises';
import { freePort } from '../processes/free-port.ts';
import type { KafkaServer, StartKafkaOptions } from './kafka-server.ts';

const image = 'apache/kafka:4.2.0';
const startWithinMs = 120_000;

/** Kafka in a container; undefined where no engine answers or the image is not to be had. */
export async function tryKafkaContainer(
  options: StartKafkaOptions,
): Promise<KafkaServer | undefined> {
  if (!(await mayHaveEngine())) return undefined;
  try {
    return await startContainer(options.port ?? (await freePort()));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    options.log?.(`no Kafka by Docker, taking its jars: ${reason}`);
    return undefined;
  }
}

/** Loading testcontainers and its search for an engine take seconds; this takes none. */
async function mayHaveEngine(): Promise<boolean> {
  if (process.env['DOCKER_HOST'] !== undefined) return true;
  return access('/var/run/docker.sock', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
}

async function startContainer(port: number): Promise<KafkaServer> {
  // Its helper container would be one more image to pull; we stop our containers ourselves.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(image)
    // The same port inside and outside, since the broker sends its clients the address to find it.
    .withExposedPorts({ container: port, host: port })
    .withEnvironment({
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
      KAFKA_LISTENERS: `PLAINTEXT://:${port},CONTROLLER://:9093`,
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '4',
      KAFKA_OFFSETS_RETENTION_MINUTES: '5256000',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS: '4',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
      KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    })
    .withStartupTimeout(startWithinMs)
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .start();
  return {
    brokers: [`${container.getHost()}:${port}`],
    source: `Docker, ${image} (${container.getId().slice(0, 12)}, port ${port})`,
    stop: async () => {
      await container.stop();
    },
    restart: () => container.restart(),
    kill: async () => {
      await container.stop({ timeout: 0, remove: false });
    },
  };
}
