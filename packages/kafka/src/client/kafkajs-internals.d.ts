// The few internals of kafkajs 2.2.4 that we reach into: to repair it, to fetch without a group and
// to read stable offsets. The library has had no release since 2023, so they do not change; the
// version is pinned all the same.

declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    pending: unknown[];
    throttledUntil: number;
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    checkPendingRequests(): void;
    scheduleCheckPendingRequests(): void;
  }
}

declare module 'kafkajs/src/broker/index.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';

  /** A record as kafkajs decodes it out of a fetch, before any filtering. */
  export interface FetchedMessage {
    readonly offset: string;
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly headers?: Readonly<Record<string, Buffer | string | undefined>>;
    /** Written by the broker (commit and abort markers); kafkajs never hands these out. */
    isControlRecord: boolean;
    readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
  }

  export interface AbortedTransaction {
    readonly producerId: string;
    readonly firstOffset: string;
  }

  export interface FetchRequest {
    readonly isolationLevel: number;
    readonly maxWaitTime: number;
    readonly minBytes: number;
    readonly maxBytes: number;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly fetchOffset: string;
        readonly maxBytes: number;
      }[];
    }[];
  }

  export interface FetchResponse {
    readonly responses: readonly {
      readonly topicName: string;
      readonly partitions: readonly {
        readonly partition: number;
        /** First offset that is left in the partition. */
        readonly lastStartOffset: string;
        readonly messages: FetchedMessage[];
        abortedTransactions?: AbortedTransaction[];
      }[];
    }[];
  }

  export interface ListedOffsets {
    readonly responses: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
    }[];
  }

  /** A request kafkajs does not know, in the form of those it does. */
  export interface ProtocolRequest<T> {
    readonly request: {
      readonly apiKey: number;
      readonly apiVersion: number;
      readonly apiName: string;
      encode(): Promise<Encoder>;
    };
    readonly response: {
      decode(data: Buffer): Promise<T>;
      parse(data: T): Promise<T>;
    };
  }

  export default class Broker {
    readonly connectionPool: { send<T>(request: ProtocolRequest<T>): Promise<T> };
    fetch(request: FetchRequest): Promise<FetchResponse>;
    listOffsets(request: {
      readonly isolationLevel: number;
      readonly topics: readonly {
        readonly topic: string;
        readonly partitions: readonly { readonly partition: number; readonly timestamp: number }[];
      }[];
    }): Promise<ListedOffsets>;
  }
}

declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    writeInt8(value: number): this;
    writeInt32(value: number): this;
    writeBoolean(value: boolean): this;
    writeString(value: string): this;
    writeBuffer(value: Buffer): this;
    writeArray(values: readonly Encoder[]): this;
    writeUVarIntString(value: string): this;
    writeUVarIntArray(values: readonly Encoder[]): this;
    /** Without a value: no tagged fields. */
    writeUVarIntBytes(): this;
  }
}

declare module 'kafkajs/src/protocol/decoder.js' {
  export default class Decoder {
    constructor(data: Buffer);
    readInt8(): number;
    readInt16(): number;
    readInt32(): number;
    readString(): string | null;
    readBytes(length: number): Buffer;
    readArray<T>(read: (decoder: Decoder) => T): T[];
    readInt64(): { toString(): string };
    readUVarIntString(): string | null;
    readUVarIntArray<T>(read: (decoder: Decoder) => T): T[] | null;
    readTaggedFields(): unknown;
  }
}

declare module 'kafkajs/src/protocol/error.js' {
  export function createErrorFromCode(code: number): Error;
}

declare module 'kafkajs/src/protocol/requests/offsetFetch/v4/response.js' {
  const response: {
    /** Throws the broker's error, if there is one in the answer. */
    parse<T>(data: T): Promise<T>;
  };
  export default response;
}

declare module 'kafkajs/src/cluster/index.js' {
  import type { ISocketFactory, Logger, RetryOptions } from 'kafkajs';
  import type Broker from 'kafkajs/src/broker/index.js';

  export default class Cluster {
    constructor(options: {
      logger: Logger;
      socketFactory: ISocketFactory;
      brokers: string[];
      clientId: string;
      connectionTimeout: number;
      requestTimeout: number;
      enforceRequestTimeout: boolean;
      metadataMaxAge: number;
      retry: RetryOptions;
      allowAutoTopicCreation: boolean;
      isolationLevel: number;
    });
    readonly brokerPool: { findConnectedBroker(): Promise<Broker> };
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    addTargetTopic(topic: string): Promise<void>;
    refreshMetadata(): Promise<void>;
    findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[];
    findGroupCoordinator(options: { groupId: string }): Promise<Broker>;
    findBroker(options: { nodeId: string }): Promise<Broker>;
    fetchTopicsOffset(
      topics: { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[],
    ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
  }
}

declare module 'kafkajs/src/consumer/offsetManager/index.js' {
  import type Cluster from 'kafkajs/src/cluster/index.js';

  interface Place {
    readonly topic: string;
    readonly partition: number;
  }

  export default class OffsetManager {
    cluster: Pick<Cluster, 'fetchTopicsOffset'>;
    /** By topic and partition; what a fetch starts from where nothing was resolved since. */
    committedOffsets(): Record<string, Record<number, string>>;
    clearOffsets(place: Place): void;
    setDefaultOffset(place: Place): Promise<void>;
  }
}

declare module 'kafkajs/src/network/socketFactory.js' {
  import type { ISocketFactory } from 'kafkajs';

  export default function createSocketFactory(): ISocketFactory;
}
