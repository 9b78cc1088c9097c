import { configurationSchema, validateConfiguration } from '@envigate/contracts';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { listSettings, type Setting } from './load.ts';
import { redactConfiguration } from './redact.ts';

/** Long enough not to occur by chance, with the signs that separate things in URLs and texts. */
const secret = fc
  .array(fc.constantFrom(...Array.from(`abcXYZ019@:/?#&=%;,+ "'\\*!~ế`)), {
    minLength: 6,
    maxLength: 24,
  })
  .map((signs) => `Q7${signs.join('')}7Q`);

const spellings: Readonly<Record<string, (secret: string) => string>> = {
  'user and password': (s) => `postgres://user:${encodeURIComponent(s)}@db:5432/envigate`,
  'nothing encoded': (s) => `postgres://user:${s}@db:5432/envigate`,
  'everything encoded': (s) => `postgresql://user:${encodeAll(s)}@db/envigate`,
  'an encoded colon': (s) => `postgres://user%3A${encodeURIComponent(s)}@db/envigate`,
  'no user': (s) => `postgres://:${encodeURIComponent(s)}@db/envigate`,
  'several hosts': (s) => `postgres://user:${encodeURIComponent(s)}@a:1,b:2/envigate`,
  parameter: (s) => `postgres://db/envigate?sslmode=require&password=${encodeURIComponent(s)}`,
  'parameter, nothing encoded': (s) => `postgres://db/envigate?password=${s}`,
  'parameter, name encoded': (s) => `postgres://db/envigate?p%61ssword=${encodeURIComponent(s)}`,
  'parameter after a semicolon': (s) => `postgres://db/e?sslmode=require;PASSWORD=${encodeAll(s)}`,
  sslpassword: (s) => `postgres://u:p@db/envigate?sslpassword=${encodeURIComponent(s)}`,
  options: (s) => `postgres://db/e?options=${encodeURIComponent(`-c my.secret=${s}`)}`,
  fragment: (s) => `postgres://db/envigate#${encodeURIComponent(s)}`,
  'keyword and value': (s) => `host=db password=${quote(s)} dbname=envigate`,
  'keyword, blanks around =': (s) => `host = db  password = ${quote(s)}`,
  'keyword in capitals': (s) => `PASSWORD=${quote(s)} host=db`,
  'keyword, not quoted rightly': (s) => `host=db password='${s}`,
  'keyword sslpassword': (s) => `sslpassword=${quote(s)}`,
  'of a broker': (s) => `SASL_SSL://user:${encodeURIComponent(s)}@broker:9093`,
  'of a broker, no scheme': (s) => `user:${encodeURIComponent(s)}@broker:9093`,
  jaas: (s) => `PlainLoginModule required username="u" password="${s}";`,
  header: (s) => `Authorization: Bearer ${s}`,
  bearer: (s) => `Bearer ${s}`,
  basic: (s) => `Basic ${s}`,
  'token as user': (s) => `https://${encodeURIComponent(s)}@ministry.example/files`,
  'token as parameter': (s) => `https://ministry.example/files?access_token=${encodeAll(s)}`,
  'signed URL': (s) => `https://ministry.example/f?sv=1&sig=${encodeURIComponent(s)}`,
  key: (s) => `-----BEGIN PRIVATE KEY-----\n${s}\n-----END PRIVATE KEY-----`,
};

describe('a configuration that is shown', () => {
  const settings = listSettings().filter((setting) => isText(setting));

  test.each(Object.keys(spellings))('has no secret in it, spelled as: %s', (spelling) => {
    fc.assert(
      fc.property(secret, fc.constantFrom(...settings), (text, setting) => {
        const spelled = spellings[spelling]!(text);
        expectHidden(redactConfiguration(withSetting(setting, spelled)), text);
      }),
      { numRuns: 300 },
    );
  });

  test('hides what the schema or its name says to be secret, however it looks', () => {
    fc.assert(
      fc.property(secret, (text) => {
        const config = { console: { operatorToken: text } };
        expect(redactConfiguration(config)).toEqual({ console: { operatorToken: '***' } });
      }),
    );
    const later = {
      mail: { smtp: { user: 'office', password: 'x', passwordFile: '/run/x' } },
      kafka: { sasl: { username: 'u', password: 'y' }, ssl: { passphrase: 'z', caFile: 'ca.pem' } },
      targets: [
        { headers: { Authorization: 'a', 'X-Api-Key': 'b', 'Content-Type': 'text/plain' } },
      ],
      login: { tokenLifetimeSeconds: 60, secrets: ['c', 'd'] },
    };
    expect(redactConfiguration(later)).toEqual({
      mail: { smtp: { user: 'office', password: '***', passwordFile: '/run/x' } },
      kafka: {
        sasl: { username: 'u', password: '***' },
        ssl: { passphrase: '***', caFile: 'ca.pem' },
      },
      targets: [
        {
          headers: { Authorization: '***', 'X-Api-Key': '***', 'Content-Type': 'text/plain' },
        },
      ],
      login: { tokenLifetimeSeconds: 60, secrets: '***' },
    });
  });

  test('marks in the schema what its name says to be secret', () => {
    const unmarked = listSettings().filter(
      ({ path, node }) =>
        node.writeOnly !== true &&
        /(password|secret|token|passphrase|key)$/i.test(path.at(-1) ?? ''),
    );
    expect(unmarked.map(({ path }) => path.join('.'))).toEqual([]);
  });

  test('shows everything else as it is', () => {
    const config = validateConfiguration({
      dataDir: '/var/lib/envigate',
      database: { url: 'postgres://envigate@db.example:5432/envigate?sslmode=verify-full' },
      eventLog: { kind: 'kafka', kafka: { brokers: ['kafka-1:9092', 'kafka-2:9092'] } },
      receiver: { guard: { exempt: ['10.0.0.0/8', 'fd00::/8'] } },
      console: { hosts: ['gateway.example.vn'] },
    });
    expect(redactConfiguration(config)).toEqual(config);
  });

  test('shows what surrounds a password', () => {
    const shown = (url: string) => {
      const config = redactConfiguration({ database: { url } });
      return (config as { database: { url: string } }).database.url;
    };
    expect(shown('postgres://u:p@db:5432/e?sslmode=require&password=x')).toBe(
      'postgres://u:***@db:5432/e?sslmode=require&password=***',
    );
    expect(shown("host=db user=u password='a b'")).toBe('host=db user=u password=***');
    expect(shown('postgres://u:p/w@db/e')).toBe('postgres://***');
  });
});

function isText({ node }: Setting): boolean {
  return (node.type === 'string' && node.enum === undefined) || node.items?.type === 'string';
}

function withSetting({ path, node }: Setting, text: string): object {
  const value = node.type === 'array' ? ['first', text] : text;
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object;
}

/** Neither as it is, nor encoded, nor a part of it that is long enough to be of use. */
function expectHidden(shown: unknown, text: string): void {
  const printed = JSON.stringify(shown);
  for (const spelled of [text, encodeURIComponent(text), encodeAll(text)]) {
    for (let i = 0; i + 8 <= spelled.length; i += 1) {
      const part = JSON.stringify(spelled.slice(i, i + 8)).slice(1, -1);
      if (printed.includes(part)) throw new Error(`${printed} shows '${part}' of '${spelled}'`);
    }
  }
}

function encodeAll(text: string): string {
  return Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

test('the schema of the configuration is walked whole', () => {
  expect(JSON.stringify(configurationSchema).includes('"writeOnly":true')).toBe(true);
});
