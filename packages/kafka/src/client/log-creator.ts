import type { Logger } from '@envigate/runtime';
import kafkajs, { type logCreator } from 'kafkajs';

/**
 * Passes kafkajs's log on. The library writes at error what it then retries by itself, so none of
 * it keeps that level: what a person should know is said by the parts that use the client.
 */
export function logCreatorFor(logger: Logger): logCreator {
  return () =>
    ({ namespace, level, log }) => {
      const message = textOf(log.message);
      const entry = {
        ...log,
        message: undefined,
        timestamp: undefined,
        logger: undefined,
        kafkajs: namespace,
      };
      if (level === kafkajs.logLevel.ERROR && !isNoise(message)) logger.warn(entry, message);
      else logger.debug(entry, message);
    };
}

/** kafkajs logs an Error itself here and there, whatever its types say. */
function textOf(message: unknown): string {
  return message instanceof Error ? message.message : String(message);
}

/** What belongs to every transaction, rebalance or restart of a broker. */
const noise = [
  /another concurrent operation on the same transaction/i, // the trap of begin-after-commit
  /CONCURRENT_TRANSACTIONS/,
  /concurrent transaction/i,
  /Connection (error|timeout)|Closed connection|Failed to connect|Not connected|disconnect/i,
  /Request \w+\(key: .*timed out/i,
  /^Response \w+\(key: /,
  /not aware of this member|rebalanc|not the correct coordinator|coordinator is (loading|not available)/i,
  /producer (attempted|.*epoch)|fenced/i, // an owner that lost its partition; reported by its supervisor
  /does not host this topic-partition|no leader for this topic-partition|not the leader/i,
  /^Crash: |^Restarting the consumer/,
];

function isNoise(message: string): boolean {
  return noise.some((pattern) => pattern.test(message));
}
