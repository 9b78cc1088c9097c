/** A Kafka that is there for the length of a run. */
export interface KafkaServer {
  readonly brokers: readonly string[];
  /** Where it came from, for people. */
  readonly source: string;
  /** Ends it and forgets its data. Safe to call twice. */
  readonly stop: () => Promise<void>;
  /** Stops it in order and starts it on the same port and data. */
  readonly restart: () => Promise<void>;
  /** SIGKILL. `restart` brings it back. */
  readonly kill: () => Promise<void>;
}

export interface StartKafkaOptions {
  /** Its data and log; made if need be. */
  readonly dir: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Settings of the broker beside those of `deploy/kafka/single-node.properties`; only for one of our own. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Receives what takes long or goes wrong. */
  readonly log?: (line: string) => void;
}
