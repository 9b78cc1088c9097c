import { startKafkaBroker } from './kafka-broker.ts';
import { tryKafkaContainer } from './kafka-container.ts';
import type { KafkaServer, StartKafkaOptions } from './kafka-server.ts';

/** KAFKA_BROKERS if given, else a container where a Docker engine answers, else Apache Kafka's own jars. */
export async function startKafka(options: StartKafkaOptions): Promise<KafkaServer> {
  return givenKafka() ?? (await tryKafkaContainer(options)) ?? (await startKafkaBroker(options));
}

function givenKafka(): KafkaServer | undefined {
  const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',').filter((broker) => broker !== '');
  if (brokers.length === 0) return undefined;
  const notOurs = (): Promise<void> =>
    Promise.reject(new Error('the brokers of KAFKA_BROKERS are not ours to restart or kill'));
  return {
    brokers,
    source: `KAFKA_BROKERS=${brokers.join(',')}`,
    stop: () => Promise.resolve(),
    restart: notOurs,
    kill: notOurs,
  };
}
