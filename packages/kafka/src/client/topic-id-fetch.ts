import type { ProtocolRequest } from 'kafkajs/src/broker/index.js';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import { createErrorFromCode } from 'kafkajs/src/protocol/error.js';

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
            .writeUVarIntArray([encodeTopic(topic)])
            .writeBoolean(false) // make the topic
            .writeBoolean(false) // say what we may do with it
            .writeUVarIntBytes(),
        ),
    },
    response: {
      decode: (data) => Promise.resolve(decode(new Decoder(data))),
      parse(answer) {
        if (answer.errorCode === 0 || answer.errorCode === unknownTopic)
          return Promise.resolve(answer);
        return Promise.reject(createErrorFromCode(answer.errorCode));
      },
    },
  };
}

export interface TopicAnswer {
  readonly clientSideThrottleTime: number;
  readonly errorCode: number;
  /** 32 hexadecimal digits; undefined where the topic does not exist. */
  readonly topicId: string | undefined;
}

/** The header of a flexible request ends in tagged fields, which kafkajs leaves to the body. */
function noTags(encoder: Encoder): Encoder {
  return encoder.writeUVarIntBytes();
}

function encodeTopic(topic: string): Encoder {
  return noTags(new Encoder().writeBuffer(Buffer.alloc(uuidBytes)).writeUVarIntString(topic));
}

function decode(decoder: Decoder): TopicAnswer {
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
