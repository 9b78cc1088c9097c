#!/usr/bin/env bash
# Software: kafkajs 2.2.4 (npm) on Node.js 20.20.2, Apache Kafka 4.2.0 (Maven), Java 17.
# Behaviour: where a group's position lies before the first record that the log still has (retention
#   removed what was unread), kafkajs commits -2 as the new position of the group, by itself, although
#   the program runs with autoCommit: false and eachBatchAutoResolve: false. -2 is the protocol's mark
#   for "earliest" and no offset; the broker stores it as it is.
# Seen: position 3, records 0 to 5 removed; records 6 to 9 are handed over, and the group's position
#   is then -2. The same happens on a broker that was put back from an older copy.
# Why it matters: a pipe that commits its position with its own output, or compares it with a copy of
#   its own, finds neither the old position nor a usable one, and what was removed unread cannot be
#   counted any more. Set the default offset without a commit (OffsetManager.setDefaultOffset).
# Prints what it saw; fails where the position is not overwritten any more.
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
const groupId = 'pipe';

async function main() {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  const producer = kafka.producer();
  await producer.connect();
  const messages = Array.from({ length: 10 }, (_, n) => ({ value: String(n) }));
  await producer.send({ topic, messages });
  await producer.disconnect();

  const position = async () => {
    const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
    return found.partitions[0].offset;
  };
  await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '3' }] });
  console.log(`position of the group: ${await position()}; then records 0 to 5 are removed`);
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '6' }] });

  // As a pipe that keeps its positions itself: it never commits by itself, and never resolves.
  const consumer = kafka.consumer({ groupId });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const seen = await new Promise((resolve) => {
    void consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async ({ batch }) => {
        resolve(batch.messages.map(({ offset }) => offset));
      },
    });
  });
  await consumer.disconnect();
  const after = await position();
  console.log(`records handed over: ${seen.join(' ')}; nothing was committed by the program`);
  console.log(`position of the group: ${after}`);
  await admin.disconnect();
  if (after !== '-2' && after !== '-1') process.exitCode = 1;
}
main().catch((error) => {
  console.error(error);
  process.exitCode = 2;
});
EOF
node look.cjs "127.0.0.1:$port"
