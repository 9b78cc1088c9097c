import type { ProtocolRequest } from 'kafkajs/src/broker/index.js';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import Encoder from 'kafkajs/src/protocol/encoder.js';
import { createErrorFromCode } from 'kafkajs/src/protocol/error.js';

const topicResource = 2;
const set = 0;

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
    new Encoder().writeString(name).writeInt8(set).writeString(value),
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
