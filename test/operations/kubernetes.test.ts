import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { parseAllDocuments } from 'yaml';
import { repositoryRoot, serviceNames } from '@envigate/test-support';
import { checkConfiguration } from './testing/check-configuration.ts';
import { environmentOfImage } from './testing/dockerfile.ts';

// The manifests against the schemas of Kubernetes 1.37, in which an unknown key is a fault, and against what we want of
// every pod. No cluster runs here.

interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly envFrom: readonly Record<string, { readonly name: string }>[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly [key: string]: unknown;
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly replicas?: number;
    readonly minAvailable?: number;
    readonly maxUnavailable?: number;
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> } & Record<
      string,
      unknown
    >;
    readonly ports?: readonly { readonly port: number; readonly targetPort?: string | number }[];
    readonly template?: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: Readonly<Record<string, unknown>> & {
        readonly containers: readonly [Container];
      };
    };
  };
}

const folder = join(repositoryRoot, 'deploy/kubernetes');
const manifests = readdirSync(folder)
  .toSorted()
  .flatMap((name) => parseAllDocuments(readFileSync(join(folder, name), 'utf8')))
  .map((document) => document.toJS() as Manifest);
const ofKind = (...kinds: readonly string[]): readonly Manifest[] =>
  manifests.filter(({ kind }) => kinds.includes(kind));

const schemas = JSON.parse(
  readFileSync(join(repositoryRoot, 'test/operations/schemas/kubernetes.json'), 'utf8'),
) as { $defs: Record<string, object> };
const ajv = new Ajv({ strict: false, validateFormats: false }).addSchema(schemas, 'kubernetes');

/** What the schema of its kind says against a manifest. */
function faultsOf({ apiVersion, kind, ...rest }: Manifest): readonly unknown[] {
  const names: Readonly<Record<string, string>> = {
    v1: 'core.v1',
    'networking.k8s.io/v1': 'networking.v1',
  };
  const group = names[apiVersion] ?? apiVersion.replace('/', '.');
  const validate = ajv.getSchema(`kubernetes#/$defs/io.k8s.api.${group}.${kind}`);
  if (validate === undefined) return [`no schema of ${apiVersion} ${kind}`];
  void validate({ apiVersion, kind, ...rest });
  return validate.errors ?? [];
}

const workloads = ofKind('Deployment', 'StatefulSet').map((manifest) => ({
  manifest,
  name: manifest.metadata.name,
  pod: manifest.spec!.template!.spec,
  labels: manifest.spec!.template!.metadata.labels,
  container: manifest.spec!.template!.spec.containers[0],
}));
const isSelected = (
  selector: Readonly<Record<string, unknown>>,
  labels: Readonly<Record<string, string>>,
): boolean => Object.entries(selector).every(([key, value]) => labels[key] === value);

test.each(manifests.map((manifest) => [manifest.kind, manifest.metadata.name, manifest] as const))(
  '%s %s is what Kubernetes accepts',
  (_, __, manifest) => {
    expect(faultsOf(manifest)).toEqual([]);
  },
);

test('the schemas refuse what Kubernetes does', () => {
  const [manifest] = ofKind('Deployment');
  expect(faultsOf({ ...manifest!, spec: { ...manifest!.spec, replica: 2 } as object })).not.toEqual(
    [],
  );
});

test('run every service', () => {
  const roles = workloads.map(({ container }) => container.args);
  expect(new Set(roles.map((args) => args.join(' ')))).toEqual(
    new Set(serviceNames.map((name) => `run ${name}`)),
  );
});

describe.each(workloads)('$name', ({ manifest, pod, labels, container }) => {
  test('selects its own pods', () => {
    expect(isSelected(manifest.spec!.selector!.matchLabels!, labels)).toBe(true);
    expect(
      workloads.filter((other) => isSelected(manifest.spec!.selector!.matchLabels!, other.labels)),
    ).toHaveLength(1);
  });

  test('runs without rights, on a root that it cannot write to', () => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      // ENVIGATE_CONSOLE_PORT=tcp://… would be no port.
      enableServiceLinks: false,
      securityContext: {
        ...{ runAsNonRoot: true, runAsUser: 1000 },
        seccompProfile: { type: 'RuntimeDefault' },
      },
    });
    expect(container['securityContext']).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(container['volumeMounts']).toEqual([
      { name: 'data', mountPath: '/var/lib/envigate' },
      { name: 'tmp', mountPath: '/tmp' },
    ]);
  });

  test('has probes on a port that it has, a limit of memory, and none of processor time', () => {
    const names = container.ports.map(({ name }) => name);
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      const { httpGet, tcpSocket } = container[probe] as Record<string, { port: string }>;
      expect(names).toContain((httpGet ?? tcpSocket)?.port);
    }
    // Whether others answer is no reason to kill it.
    expect(container['livenessProbe']).toMatchObject({ httpGet: { path: '/healthz' } });
    expect(container['resources']).toEqual({
      requests: { cpu: expect.any(String), memory: expect.any(String) },
      limits: { memory: expect.any(String) },
    });
    expect(pod['terminationGracePeriodSeconds']).toBe(60);
  });

  test('has a budget of disruptions that lets a node be drained', () => {
    const budgets = ofKind('PodDisruptionBudget').filter(({ spec }) =>
      isSelected(spec!.selector!.matchLabels!, labels),
    );
    expect(budgets).toHaveLength(1);
    const { minAvailable = 0, maxUnavailable } = budgets[0]!.spec!;
    expect(maxUnavailable ?? manifest.spec!.replicas! - minAvailable).toBeGreaterThan(0);
  });

  test('is looked at by Prometheus on its own port', () => {
    const services = ofKind('Service').filter(
      ({ metadata, spec }) =>
        metadata.name.endsWith('metrics') && isSelected(spec!.selector!, labels),
    );
    expect(services).toHaveLength(1);
    const health = container.ports.find(({ name }) => name === 'health')!.containerPort;
    expect(services[0]!.spec!.ports![0]!.port).toBe(health);
  });

  test('is of the version of this repository', () => {
    const { version } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(container.image).toMatch(new RegExp(`/envigate:${version.replaceAll('.', '\\.')}$`));
  });
});

test('its configuration is accepted by envigate check-config, with the ports of the doors', async () => {
  const [configMap] = ofKind('ConfigMap');
  const configuration = await checkConfiguration({
    ...environmentOfImage(),
    ...configMap!.data,
    DATABASE_URL: 'postgres://envigate:hidden@postgres/envigate',
    ENVIGATE_CONSOLE_OPERATOR_TOKEN: 'hidden-hidden-hidden',
  });
  const { ftp, sftp } = configuration['receiver'] as Record<string, Record<string, number>>;
  const { passivePortFrom: from = 0, passivePortTo: to = 0 } = ftp!;
  const doors = ofKind('Service').find(({ metadata }) => metadata.name === 'envigate-doors')!;
  const passive = Array.from({ length: to - from + 1 }, (_, i) => ({ port: from + i }));
  expect(doors.spec!.ports!.slice(2)).toMatchObject(passive);
  const { ports } = workloads.find(({ name }) => name === 'envigate-receiver')!.container;
  expect(ports).toEqual([
    expect.objectContaining({ name: 'health' }),
    { name: 'ftp', containerPort: ftp!['port'] },
    { name: 'sftp', containerPort: sftp!['port'] },
  ]);
});

test('secrets are in no manifest', () => {
  expect(ofKind('Secret')).toEqual([]);
  for (const { data } of ofKind('ConfigMap'))
    expect(Object.keys(data ?? {}).filter((key) => /PASSWORD|TOKEN|SECRET|URL/.test(key))).toEqual(
      [],
    );
});
