import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { repositoryRoot, serviceNames } from '@envigate/test-support';
import { checkConfiguration } from './testing/check-configuration.ts';
import { environmentOfImage } from './testing/dockerfile.ts';

// The compose files, as Docker Compose reads them: against its schema, with its variables. Docker itself runs nowhere here.

interface Service {
  readonly image: string;
  readonly build?: object;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly depends_on?: unknown;
  readonly healthcheck?: { readonly disable?: true };
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, object>>;
}

const folder = join(repositoryRoot, 'deploy');
const textOf = (name: string): string => readFileSync(join(folder, name), 'utf8');

/** Every secret that a file asks for. */
const secrets: Readonly<Record<string, string>> = {
  POSTGRES_PASSWORD: 'hidden-hidden-hidden',
  GRAFANA_PASSWORD: 'hidden-hidden-hidden',
  GRAFANA_READER_PASSWORD: 'hidden-hidden-hidden',
  OPERATOR_TOKEN: 'hidden-hidden-hidden',
  MINISTRY_FTP_PASSWORD: 'hidden',
  MINISTRY_HTTPS_TOKEN: 'hidden',
};

/** `${NAME:?reason}` and `${NAME:-default}`, as Docker Compose fills them in. */
function interpolate(text: string, env: Readonly<Record<string, string>>): string {
  return text.replaceAll(
    /\$\{([A-Z_]+)(?::([?-])([^}]*))?\}/g,
    (_, name: string, kind: string | undefined, word: string | undefined) => {
      const value = env[name] ?? '';
      if (value !== '') return value;
      if (kind === '-') return word ?? '';
      throw new Error(`${name}: ${word ?? 'is not set'}`);
    },
  );
}

const read = (name: string, env = secrets): ComposeFile =>
  parse(interpolate(textOf(name), env), { merge: true }) as ComposeFile;

const schema = JSON.parse(
  readFileSync(join(repositoryRoot, 'test/operations/schemas/compose-spec.json'), 'utf8'),
) as Record<string, unknown>;
// With its name of the draft Ajv would look for that draft over the network.
delete schema['$schema'];
const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);

describe.each(['compose.yaml', 'compose.embedded.yaml'])('%s', (name) => {
  const { services, volumes } = read(name);
  const ours = Object.entries(services).filter(([, { image }]) => image === 'envigate');

  test('is what the Compose Specification allows', () => {
    expect(validate(parse(textOf(name), { merge: true }))).toBe(true);
    expect(validate({ services: { receiver: { image: 'envigate', comand: [] } } })).toBe(false);
  });

  test.each(Object.keys(secrets).filter((secret) => textOf(name).includes(`\${${secret}`)))(
    'does not start without %s',
    (secret) => {
      expect(() => read(name, { ...secrets, [secret]: '' })).toThrow(`${secret}: set it`);
    },
  );

  test('has no password of its own', () => {
    const values = Object.values(services).flatMap(({ environment = {} }) =>
      Object.entries(environment),
    );
    const passwords = values.filter(([key]) => /PASSWORD|TOKEN|SECRET/.test(key));
    expect(passwords).not.toEqual([]);
    expect(passwords.filter(([, value]) => !String(value).startsWith('hidden'))).toEqual([]);
  });

  test('opens its ports on loopback', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports).not.toEqual([]);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    const open = read(name, { ...secrets, DOOR_ADDRESS: '0.0.0.0' });
    const opened = Object.values(open.services).flatMap((service) => service.ports ?? []);
    expect(opened.filter((port) => port.startsWith('0.0.0.0:'))).toEqual([
      '0.0.0.0:21:2121',
      '0.0.0.0:22022:2222',
      '0.0.0.0:30000-30099:30000-30099',
    ]);
  });

  test('names an exact version of every image of others, and looks at its health', () => {
    for (const [service, { image, build, healthcheck }] of Object.entries(services)) {
      if (image === 'envigate') expect([service, build]).toEqual([service, expect.anything()]);
      else {
        expect([service, image]).toEqual([service, expect.stringMatching(/:v?\d+\.\d+(\.\d+)?$/)]);
        expect([service, healthcheck]).toEqual([service, expect.anything()]);
      }
    }
  });

  test('lets our containers write nowhere but to volumes, with no right of root', () => {
    for (const [, service] of ours)
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        tmpfs: ['/tmp'],
      });
  });

  test('mounts what is there', () => {
    for (const mount of Object.values(services).flatMap((service) => service.volumes ?? [])) {
      const [source = ''] = mount.split(':');
      expect([
        mount,
        source.startsWith('.') ? existsSync(join(folder, source)) : source in volumes,
      ]).toEqual([mount, true]);
    }
  });

  describe('its configuration', () => {
    let printed: readonly Record<string, unknown>[];
    beforeAll(async () => {
      const environments = ours.map(([, { environment = {} }]) => ({
        ...environmentOfImage(),
        ...Object.fromEntries(
          Object.entries(environment).map(([key, value]) => [key, String(value)]),
        ),
      }));
      // Most services have the same.
      const different = new Map(environments.map((each) => [JSON.stringify(each), each]));
      printed = await Promise.all([...different.values()].map(checkConfiguration));
    });

    test('is accepted by envigate check-config', () => {
      const embedded = name === 'compose.embedded.yaml';
      for (const configuration of printed)
        expect(configuration).toMatchObject({
          dataDir: '/var/lib/envigate',
          eventLog: { kind: embedded ? 'postgres' : 'kafka' },
          console: { operatorToken: expect.stringContaining('*') },
        });
    });

    test('has the ports that are opened', () => {
      expect(printed).toContainEqual(
        expect.objectContaining({
          receiver: expect.objectContaining({
            ftp: expect.objectContaining({
              ...{ port: 2121, passivePortFrom: 30000, passivePortTo: 30099 },
              publicAddress: '127.0.0.1',
            }),
            sftp: expect.objectContaining({ port: 2222 }),
          }),
        }),
      );
    });
  });
});

test('compose.yaml runs every service in a container of its own, and what Prometheus looks at', () => {
  const { services } = read('compose.yaml');
  const run = Object.entries(services)
    .filter(([, { command }]) => command?.[0] === 'run')
    .map(([name, { command }]) => [name, command?.[1]]);
  expect(run).toEqual(serviceNames.map((name) => [name, name]));
  const prometheus = parse(textOf('prometheus/prometheus.yml')) as {
    scrape_configs: { static_configs: { targets: string[] }[] }[];
  };
  const targets = prometheus.scrape_configs
    .flatMap(({ static_configs }) => static_configs)
    .flatMap((config) => config.targets);
  expect(targets.toSorted()).toEqual(
    serviceNames.map((name) => `${name}:${name === 'console' ? 8080 : 9464}`).toSorted(),
  );
});
