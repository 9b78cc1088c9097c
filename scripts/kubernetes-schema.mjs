// Makes test/operations/schemas/kubernetes.json: the JSON Schemas of the kinds that deploy/kubernetes uses, with what they
// refer to, in one file and without their descriptions.
//   pip download --no-deps kubernetes-validate==1.37.0 && unzip kubernetes_validate-*.whl
//   node scripts/kubernetes-schema.mjs kubernetes_validate/kubernetes-json-schema/v1.37.0-local-strict
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

const folder = process.argv[2];
if (folder === undefined) {
  console.error('kubernetes-schema: name the folder of the schemas, see the head of this script');
  process.exit(1);
}
const kinds = [
  ...['core.v1.Namespace', 'core.v1.ConfigMap', 'core.v1.Secret', 'core.v1.Service'],
  ...['apps.v1.Deployment', 'apps.v1.StatefulSet', 'batch.v1.Job'],
  ...['policy.v1.PodDisruptionBudget', 'networking.v1.NetworkPolicy'],
];

const all = JSON.parse(readFileSync(join(folder, '_definitions.json'), 'utf8')).$defs;
const definitions = {};

/** Copies a definition, and all that it refers to. */
function take(name) {
  if (definitions[name] !== undefined) return;
  definitions[name] = {};
  const referred = [];
  definitions[name] = JSON.parse(JSON.stringify(all[name]), (key, value) => {
    // A property may be called `description` too; it is an object then.
    if (key === 'description' && typeof value === 'string') return undefined;
    if (key !== '$ref') return value;
    const other = value.slice(value.lastIndexOf('/') + 1);
    referred.push(other);
    return `#/$defs/${other}`;
  });
  for (const other of referred) take(other);
}

for (const kind of kinds) take(`io.k8s.api.${kind}`);
const path = join(root, 'test/operations/schemas/kubernetes.json');
writeFileSync(path, `${JSON.stringify({ $defs: definitions })}\n`);
