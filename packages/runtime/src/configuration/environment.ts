import { configurationSchema } from '@envigate/contracts';

/** The parts of JSON Schema that the configuration's schema uses. */
export interface SchemaNode {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  /** True of a secret. */
  readonly writeOnly?: boolean;
}

/** One key that can be set: its path in the file and its name in the environment. */
export interface Setting {
  readonly path: readonly string[];
  readonly variable: string;
  readonly node: SchemaNode;
}

/** Names that other tools already give these settings; ENVIGATE_… wins over them. */
const conventional: Readonly<Record<string, string>> = {
  DATABASE_URL: 'database.url',
  KAFKA_BROKERS: 'eventLog.kafka.brokers',
};

/** Every setting of the schema, in its order. */
export function listSettings(
  schema: SchemaNode = configurationSchema,
  path: readonly string[] = [],
): readonly Setting[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, node]) => {
    const here = [...path, key];
    if (node.properties !== undefined) return listSettings(node, here);
    return [{ path: here, variable: variableOf(here), node }];
  });
}

/** The one rule: ENVIGATE_ and the path, each camelCase hump and each level set off by '_', in upper case. */
export function variableOf(path: readonly string[]): string {
  const words = path.map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase());
  return ['ENVIGATE', ...words].join('_');
}

export interface Override {
  readonly path: readonly string[];
  readonly variable: string;
  readonly value: unknown;
}

/** A variable that looks like ours but is not one, or whose text does not fit its setting. */
export class EnvironmentError extends Error {
  readonly code = 'environment-invalid';
  readonly retryable = false;
}

/** What the environment sets, converted to the setting's type. */
export function environmentOverrides(env: NodeJS.ProcessEnv): readonly Override[] {
  const settings = listSettings();
  const byVariable = new Map(settings.map((setting) => [setting.variable, setting]));
  const byPath = new Map(settings.map((setting) => [setting.path.join('.'), setting]));
  const overrides: Override[] = [];
  for (const [variable, path] of Object.entries(conventional)) {
    const setting = byPath.get(path);
    const text = env[variable];
    if (setting !== undefined && text !== undefined && text !== '')
      overrides.push(convert(setting, variable, text));
  }
  for (const [variable, text] of Object.entries(env)) {
    if (
      !variable.startsWith('ENVIGATE_') ||
      foreign.some((prefix) => variable.startsWith(prefix)) ||
      text === undefined
    )
      continue;
    const setting = byVariable.get(variable);
    if (setting === undefined)
      throw new EnvironmentError(`${variable} is no setting; see docs/reference/configuration.md`);
    overrides.push(convert(setting, variable, text));
  }
  return overrides;
}

/** Ours, but not settings: the configuration file's place and what tests use. */
const foreign = ['ENVIGATE_CONFIG', 'ENVIGATE_TEST_'];

function convert(setting: Setting, variable: string, text: string): Override {
  return { path: setting.path, variable, value: parseText(setting.node, variable, text) };
}

function parseText(node: SchemaNode, variable: string, text: string): unknown {
  switch (node.type) {
    case 'integer':
    case 'number': {
      const number = Number(text);
      if (text.trim() === '' || !Number.isFinite(number))
        throw new EnvironmentError(`${variable} must be a number, not '${text}'`);
      return number;
    }
    case 'boolean':
      if (text !== 'true' && text !== 'false')
        throw new EnvironmentError(`${variable} must be true or false, not '${text}'`);
      return text === 'true';
    case 'array':
      return text.split(',').map((item) => item.trim());
    default:
      return text;
  }
}
