import {
  ContractError,
  configurationSchema,
  inBothLanguages,
  validateConfiguration,
  type BilingualText,
  type Configuration,
} from '@envigate/contracts';
import { readYamlDocument, type YamlDocument } from './yaml-document.ts';

/** Why a configuration cannot be used, and the place where there is one: a line of a file, a variable. */
interface ConfigurationFault extends BilingualText {
  readonly place?: string;
}

/**
 * The configuration cannot be used. The message names file, line and key, and what was expected, in
 * both languages.
 */
export class ConfigurationError extends Error {
  readonly code = 'configuration-invalid';
  readonly retryable = false;
  /** The same for a text that is in English alone. */
  readonly english: string;

  constructor(faults: readonly ConfigurationFault[], options?: ErrorOptions) {
    const lines = (show: (fault: ConfigurationFault) => string): string =>
      faults
        .map((fault) => (fault.place === undefined ? '' : `${fault.place}: `) + show(fault))
        .join('\n');
    super(lines(inBothLanguages), options);
    this.english = lines(({ en }) => en);
  }
}

export interface LoadOptions {
  /** YAML file; absent: defaults and the environment alone. */
  readonly file?: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * File, then environment, then `${NAME}` in texts, then schema and defaults. Unknown keys are
 * refused. Throws ConfigurationError that lists every fault.
 */
export async function loadConfiguration({ file, env }: LoadOptions): Promise<Configuration> {
  const document = file === undefined ? undefined : await readYamlDocument(file);
  const overrides = environmentOverrides(env);
  const settings = substitute(settingsOf(document), env) as Record<string, unknown>;
  for (const override of overrides) assign(settings, override);
  try {
    return validateConfiguration(settings);
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    const faults = error.faults.map(({ path, expected, expectedVi }): ConfigurationFault => {
      const keys = path.split('/').slice(1);
      const label = keys.join('.');
      return {
        place: locate(document, overrides, keys),
        vi: `${label || 'tài liệu'} ${expectedVi}`,
        en: `${label || 'the document'} ${expected}`,
      };
    });
    throw new ConfigurationError(faults, { cause: error });
  }
}

function settingsOf(document: YamlDocument | undefined): unknown {
  // An empty file is a file without settings.
  const settings = document?.value ?? {};
  if (typeof settings === 'object' && !Array.isArray(settings)) return settings;
  const place = document?.file ?? '';
  throw new ConfigurationError([
    { place, vi: 'phải gồm các trường và giá trị', en: 'must hold keys and values' },
  ]);
}

/** Where a key was set: the variable, or file and line. */
function locate(
  document: YamlDocument | undefined,
  overrides: readonly Override[],
  keys: readonly string[],
): string {
  const override = overrides.find((o) => o.path.join('/') === keys.join('/'));
  return override?.variable ?? document?.locate(keys) ?? 'defaults';
}

function assign(settings: Record<string, unknown>, { path, value }: Override): void {
  let at = settings;
  for (const key of path.slice(0, -1)) {
    const next = at[key];
    if (typeof next === 'object' && next !== null) at = next as Record<string, unknown>;
    else at = at[key] = {};
  }
  const last = path.at(-1);
  if (last !== undefined) at[last] = value;
}

/** Replaces ${NAME} in every text; a name that is not set is an error, never an empty secret. */
function substitute(value: unknown, env: NodeJS.ProcessEnv): unknown {
  if (typeof value === 'string') return expandVariables(value, env);
  if (Array.isArray(value)) return value.map((item) => substitute(item, env));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, substitute(item, env)]),
  );
}

/** `${NAME}` → the variable's text. Throws ConfigurationError where it is not set. */
export function expandVariables(text: string, env: NodeJS.ProcessEnv): string {
  return text.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
    const value = env[name];
    if (value === undefined)
      throw new ConfigurationError([
        {
          vi: `có dùng \${${name}} nhưng chưa đặt biến ${name}`,
          en: `\${${name}} is used but the variable ${name} is not set`,
        },
      ]);
    return value;
  });
}

/**
 * The secret of an item of the registry, in the clear. Throws what `faultOf` makes where a variable of
 * it is not set; the reason names the variable and never holds a secret.
 */
export function readSecret(
  secret: string | undefined,
  env: NodeJS.ProcessEnv,
  faultOf: (why: string, options: ErrorOptions) => Error,
): string | undefined {
  if (secret === undefined) return undefined;
  try {
    return expandVariables(secret, env);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw faultOf(error.english, { cause: error });
  }
}

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

/** The environment variables of the ports that have this number in the configuration. */
export function variablesOfPort(port: number, config: Configuration): readonly string[] {
  return listSettings()
    .filter(({ path }) => path.at(-1)?.toLowerCase().endsWith('port') === true)
    .filter(({ path }) => valueAt(config, path) === port)
    .map(({ variable }) => variable);
}

function valueAt(config: Configuration, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Readonly<Record<string, unknown>> | undefined)?.[key],
    config,
  );
}

/** The one rule: ENVIGATE_ and the path, each camelCase hump and each level set off by '_', in upper case. */
export function variableOf(path: readonly string[]): string {
  const words = path.map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase());
  return ['ENVIGATE', ...words].join('_');
}

interface Override {
  readonly path: readonly string[];
  readonly variable: string;
  readonly value: unknown;
}

/** A variable that looks like ours but is not one, or whose text does not fit its setting. */
class EnvironmentError extends Error {
  readonly code = 'environment-invalid';
  readonly retryable = false;

  constructor(text: BilingualText) {
    super(inBothLanguages(text));
  }
}

/** What the environment sets, converted to the setting's type. */
function environmentOverrides(env: NodeJS.ProcessEnv): readonly Override[] {
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
      throw new EnvironmentError({
        vi: `không có thiết lập ${variable}; xem docs/reference/configuration.md`,
        en: `${variable} is no setting; see docs/reference/configuration.md`,
      });
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
        throw new EnvironmentError({
          vi: `${variable} phải là số; giá trị hiện tại '${text}'`,
          en: `${variable} must be a number, not '${text}'`,
        });
      return number;
    }
    case 'boolean':
      if (text !== 'true' && text !== 'false')
        throw new EnvironmentError({
          vi: `${variable} phải là true hoặc false; giá trị hiện tại '${text}'`,
          en: `${variable} must be true or false, not '${text}'`,
        });
      return text === 'true';
    case 'array':
      return text.split(',').map((item) => item.trim());
    default:
      return text;
  }
}
