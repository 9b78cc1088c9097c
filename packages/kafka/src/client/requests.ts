import type { ProtocolRequest } from 'kafkajs/src/broker/index.js';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import v4 from 'kafkajs/src/protocol/requests/offsetFetch/v4/response.js';
import { createErrorFromCode } from 'kafkajs/src/protocol/error.js';

export interface CommittedOffset {
  readonly partition: number;
  /** -1 where the group never committed. */
  readonly offset: string;
  readonly metadata: string | null;
  readonly errorCode: number;
}

/**
 * OffsetFetch, version 7: with `require_stable`, which kafkajs (version 4) lacks. The broker
 * answers UNSTABLE_OFFSET_COMMIT while a transaction that moves one of the offsets is open or its
 * commit, though acknowledged, is not yet written everywhere.
 */
export function stableOffsetFetch(
  groupId: string,
  topic: string,
  partitions: readonly number[],
): ProtocolRequest<{ readonly responses: { topic: string; partitions: CommittedOffset[] }[] }> {
  return {
    request: {
      apiKey: 9,
      apiVersion: 7,
      apiName: 'OffsetFetch',
      encode: () =>
        Promise.resolve(
          noTags(new Encoder())
            .writeUVarIntString(groupId)
            .writeUVarIntArray([encodeOffsetsOf(topic, partitions)])
            .writeBoolean(true)
            .writeUVarIntBytes(),
        ),
    },
    response: {
      decode: (data) => Promise.resolve(decodeOffsets(new Decoder(data))),
      parse: (data) => v4.parse(data),
    },
  };
}

/** The header of a flexible request ends in tagged fields, which kafkajs leaves to the body. */
function noTags(encoder: Encoder): Encoder {
  return encoder.writeUVarIntBytes();
}

function encodeOffsetsOf(topic: string, partitions: readonly number[]): Encoder {
  const indexes = partitions.map((partition) => new Encoder().writeInt32(partition));
  return noTags(new Encoder().writeUVarIntString(topic).writeUVarIntArray(indexes));
}

function decodeOffsets(decoder: Decoder) {
  decoder.readTaggedFields(); // of the header
  const clientSideThrottleTime = decoder.readInt32();
  const responses = decoder.readUVarIntArray((each) => ({
    topic: each.readUVarIntString() ?? '',
    partitions: tagged(each, each.readUVarIntArray(decodePartition) ?? []),
  }));
  return { clientSideThrottleTime, responses: responses ?? [], errorCode: decoder.readInt16() };
}

function decodePartition(decoder: Decoder): CommittedOffset {
  const partition = decoder.readInt32();
  const offset = decoder.readInt64().toString();
  decoder.readInt32(); // leader epoch of the commit
  const metadata = decoder.readUVarIntString();
  return tagged(decoder, { partition, offset, metadata, errorCode: decoder.readInt16() });
}

function tagged<T>(decoder: Decoder, value: T): T {
  decoder.readTaggedFields();
  return value;
}

const unknownTopic = 3;
const uuidBytes = 16;

/**
 * Metadata, version 12: with the id that a broker gives to a topic when it makes it, which kafkajs
 * (version 6) lacks. A topic that is deleted and made again has another. Answers undefined where
 * the topic does not exist; the broker is not to make it.
 */
export function topicIdFetch(topic: string): ProtocolRequest<TopicAnswer> {
  return {
    request: {
      apiKey: 3,
      apiVersion: 12,
      apiName: 'Metadata',
      encode: () =>
        Promise.resolve(
          noTags(new Encoder())
            .writeUVarIntArray([encodeWantedTopic(topic)])
            .writeBoolean(false) // make the topic
            .writeBoolean(false) // say what we may do with it
            .writeUVarIntBytes(),
        ),
    },
    response: {
      decode: (data) => Promise.resolve(decodeTopicAnswer(new Decoder(data))),
      parse(answer) {
        if (answer.errorCode === 0 || answer.errorCode === unknownTopic)
          return Promise.resolve(answer);
        return Promise.reject(createErrorFromCode(answer.errorCode));
      },
    },
  };
}

interface TopicAnswer {
  readonly clientSideThrottleTime: number;
  readonly errorCode: number;
  /** 32 hexadecimal digits; undefined where the topic does not exist. */
  readonly topicId: string | undefined;
}

function encodeWantedTopic(topic: string): Encoder {
  return noTags(new Encoder().writeBuffer(Buffer.alloc(uuidBytes)).writeUVarIntString(topic));
}

function decodeTopicAnswer(decoder: Decoder): TopicAnswer {
  decoder.readTaggedFields(); // of the header
  const clientSideThrottleTime = decoder.readInt32();
  decoder.readUVarIntArray(skipBroker);
  decoder.readUVarIntString(); // cluster id
  decoder.readInt32(); // controller
  // One topic was asked for; of what follows in its description nothing is needed.
  const [topic] =
    decoder.readUVarIntArray((each) => {
      const errorCode = each.readInt16();
      each.readUVarIntString();
      const id = each.readBytes(uuidBytes).toString('hex');
      return { errorCode, topicId: errorCode === 0 ? id : undefined };
    }) ?? [];
  if (topic === undefined) throw new Error('the broker answered without the topic');
  return { clientSideThrottleTime, ...topic };
}

function skipBroker(decoder: Decoder): void {
  decoder.readInt32();
  decoder.readUVarIntString();
  decoder.readInt32();
  decoder.readUVarIntString();
  decoder.readTaggedFields();
}

const topicResource = 2;
const setOperation = 0;

/**
 * IncrementalAlterConfigs, version 0: sets some settings of a topic and leaves the others. The request
 * that kafkajs has instead resets everything that it does not name.
 */
export function topicConfigChange(
  topic: string,
  settings: ReadonlyMap<string, string>,
): ProtocolRequest<{ readonly errorCode: number; readonly throttleTime: number }> {
  return {
    request: {
      apiKey: 44,
      apiVersion: 0,
      apiName: 'IncrementalAlterConfigs',
      encode: () =>
        Promise.resolve(
          new Encoder().writeArray([encodeResource(topic, settings)]).writeBoolean(false),
        ),
    },
    response: {
      decode(data) {
        const decoder = new Decoder(data);
        const throttleTime = decoder.readInt32();
        const [errorCode = 0] = decoder.readArray(decodeResource);
        return Promise.resolve({ throttleTime, errorCode });
      },
      parse(answer) {
        if (answer.errorCode === 0) return Promise.resolve(answer);
        return Promise.reject(createErrorFromCode(answer.errorCode));
      },
    },
  };
}

function encodeResource(topic: string, settings: ReadonlyMap<string, string>): Encoder {
  const changes = [...settings].map(([name, value]) =>
    new Encoder().writeString(name).writeInt8(setOperation).writeString(value),
  );
  return new Encoder().writeInt8(topicResource).writeString(topic).writeArray(changes);
}

function decodeResource(decoder: Decoder): number {
  const errorCode = decoder.readInt16();
  decoder.readString(); // message
  decoder.readInt8(); // type
  decoder.readString(); // name
  return errorCode;
}
