import { ContractError, validateConfiguration, type Configuration } from '@envigate/contracts';
import { environmentOverrides, type Override } from './environment.ts';
import { readYamlDocument, type YamlDocument } from './yaml-document.ts';

/** The configuration cannot be used. The message names file, line and key, and what was expected. */
export class ConfigurationError extends Error {
  readonly code = 'configuration-invalid';
  readonly retryable = false;
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
    const faults = error.faults.map(({ path, expected }) => {
      const keys = path.split('/').slice(1);
      return `${locate(document, overrides, keys)}: ${keys.join('.') || 'the document'} ${expected}`;
    });
    throw new ConfigurationError(faults.join('\n'), { cause: error });
  }
}

function settingsOf(document: YamlDocument | undefined): unknown {
  // An empty file is a file without settings.
  const settings = document?.value ?? {};
  if (typeof settings === 'object' && !Array.isArray(settings)) return settings;
  throw new ConfigurationError(`${document?.file ?? ''}: must hold keys and values`);
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
      throw new ConfigurationError(`\${${name}} is used but the variable ${name} is not set`);
    return value;
  });
}
