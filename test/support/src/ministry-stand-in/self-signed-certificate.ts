import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/**
 * A certificate for loopback that is its own authority. Node signs but writes no certificates, so
 * the few DER structures of RFC 5280 are put together here.
 */
export interface Certificate {
  /** PEM, PKCS #8. */
  readonly key: string;
  /** PEM; also what a client must trust. */
  readonly certificate: string;
}

export function selfSignedCertificate(now: Date): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const day = 86_400_000;
  const name = sequence(set(sequence(oid(commonName), utf8('Ministry stand-in'))));
  const body = sequence(
    tagged(0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    sequence(oid(ecdsaWithSha256)),
    name,
    sequence(time(new Date(now.getTime() - day)), time(new Date(now.getTime() + 365 * day))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(
      3,
      sequence(
        sequence(oid(basicConstraints), boolean(true), octets(sequence(boolean(true)))),
        sequence(
          oid(subjectAltName),
          octets(sequence(dnsName('localhost'), address(127, 0, 0, 1))),
        ),
      ),
    ),
  );
  const signature = sign('sha256', body, privateKey);
  const der = sequence(body, sequence(oid(ecdsaWithSha256)), bits(signature));
  const lines = der.toString('base64').replace(/(.{64})/g, '$1\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}

const ecdsaWithSha256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const commonName = [0x55, 0x04, 0x03];
const basicConstraints = [0x55, 0x1d, 0x13];
const subjectAltName = [0x55, 0x1d, 0x11];

function der(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
const sequence = (...items: Uint8Array[]) => der(0x30, Buffer.concat(items));
const set = (...items: Uint8Array[]) => der(0x31, Buffer.concat(items));
const tagged = (number: number, item: Uint8Array) => der(0xa0 | number, item);
const integer = (bytes: Uint8Array) => der(0x02, bytes);
const boolean = (value: boolean) => der(0x01, Buffer.from([value ? 0xff : 0]));
const oid = (bytes: number[]) => der(0x06, Buffer.from(bytes));
const octets = (bytes: Uint8Array) => der(0x04, bytes);
const bits = (bytes: Uint8Array) => der(0x03, Buffer.concat([Buffer.from([0]), bytes]));
const utf8 = (text: string) => der(0x0c, Buffer.from(text));
const dnsName = (text: string) => der(0x82, Buffer.from(text));
const address = (...bytes: number[]) => der(0x87, Buffer.from(bytes));
/** GeneralizedTime, YYYYMMDDHHMMSSZ. */
const time = (at: Date) =>
  der(0x18, Buffer.from(`${at.toISOString().slice(0, 19).replace(/[-T:]/g, '')}Z`));
