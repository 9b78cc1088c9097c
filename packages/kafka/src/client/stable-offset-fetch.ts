import type { ProtocolRequest } from 'kafkajs/src/broker/index.js';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import v4 from 'kafkajs/src/protocol/requests/offsetFetch/v4/response.js';

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
            .writeUVarIntArray([encodeTopic(topic, partitions)])
            .writeBoolean(true)
            .writeUVarIntBytes(),
        ),
    },
    response: {
      decode: (data) => Promise.resolve(decode(new Decoder(data))),
      parse: (data) => v4.parse(data),
    },
  };
}

/** The header of a flexible request ends in tagged fields, which kafkajs leaves to the body. */
function noTags(encoder: Encoder): Encoder {
  return encoder.writeUVarIntBytes();
}

function encodeTopic(topic: string, partitions: readonly number[]): Encoder {
  const indexes = partitions.map((partition) => new Encoder().writeInt32(partition));
  return noTags(new Encoder().writeUVarIntString(topic).writeUVarIntArray(indexes));
}

function decode(decoder: Decoder) {
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
