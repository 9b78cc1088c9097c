#!/usr/bin/env bash
# Software: kafkajs 2.2.4 (npm) on Node.js 20.20.2, Apache Kafka 4.2.0 (Maven), Java 17.
# Behaviour: a consumer with readUncommitted: false is given records of aborted transactions where
#   several transactions overlap on a partition and are not aborted in the order in which they began.
#   The broker lists aborted transactions by where they ended; kafkajs reads the list as if it were
#   sorted by where they began.
# Seen: of two aborted transactions (a with three records, b with one, b aborted first) all three
#   records of a were handed out beside the committed one.
# Why it matters: a service with a producer for each partition leaves just such transactions when it is
#   killed. Measurements that were never committed reach the database, and are there twice after the
#   work is done again. Filter aborted records before kafkajs does (they come with the fetch response).
# Prints what it saw; fails where no aborted record is handed out any more.
set -euo pipefail
folder=$(mktemp -d)
broker=
trap 'if [ -n "$broker" ]; then kill -9 "$broker" || true; wait "$broker" 2>/dev/null || true; fi; rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --loglevel=error kafkajs@2.2.4 >/dev/null
# Apache Kafka, one node, in this folder only.
cat >pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>4.2.0</version>
    </dependency>
  </dependencies>
</project>
POM
mvn -q -B dependency:copy-dependencies -DoutputDirectory=jars
port=$((20000 + RANDOM % 10000))
cat >server.properties <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$((port + 1))
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$((port + 1))
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
log.dirs=$folder/data
PROPERTIES
java -cp 'jars/*' kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAA -c server.properties >format.log 2>&1
java -Xmx512m -cp 'jars/*' kafka.Kafka server.properties >kafka.log 2>&1 &
broker=$!
cat >look.cjs <<'EOF'
const { Kafka, logLevel } = require('kafkajs');
const kafka = new Kafka({
  brokers: [process.argv[2]],
  logLevel: logLevel.NOTHING,
  retry: { retries: 30, initialRetryTime: 300, maxRetryTime: 1000 },
});
const topic = 'readings';

async function begin(name) {
  const producer = kafka.producer({ transactionalId: name, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const transaction = await producer.transaction();
  const say = (value) => transaction.send({ topic, messages: [{ value }] });
  return { transaction, say, end: () => producer.disconnect() };
}

async function main() {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  // Three transactions that overlap; the one that began last is aborted first.
  const [a, b, c] = [await begin('a'), await begin('b'), await begin('c')];
  await a.say('a aborted');
  await b.say('b aborted');
  await c.say('c committed');
  await a.say('a aborted');
  await b.transaction.abort();
  await a.say('a aborted');
  await a.transaction.abort();
  await c.transaction.commit();
  for (const each of [a, b, c]) await each.end();

  const consumer = kafka.consumer({ groupId: 'reader', readUncommitted: false });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const seen = [];
  await new Promise((resolve) => {
    void consumer.run({
      eachMessage: async ({ message }) => {
        seen.push(String(message.value));
        setTimeout(resolve, 2000);
      },
    });
  });
  await consumer.disconnect();
  await admin.disconnect();
  console.log(`sent: 4 records in two aborted transactions, 1 in a committed one`);
  console.log(`handed out with readUncommitted: false: ${seen.join(', ')}`);
  if (!seen.some((value) => value.endsWith('aborted'))) process.exitCode = 1;
}
main().catch((error) => {
  console.error(error);
  process.exitCode = 2;
});
EOF
node look.cjs "127.0.0.1:$port"
