import { existsSync } from 'node:fs';
import { validateRegistry, type Registry, type Rule } from '@envigate/contracts';
import { checkRegistry } from '@envigate/domain';
import { readYamlDocument } from '@envigate/runtime';
import { CommandError } from '../../options.ts';

/**
 * The registry with the rules of a file in the place of their namesakes and beside the others; or,
 * for the code of a rule, as it is.
 */
export async function candidateRegistry(named: string, current: Registry): Promise<Registry> {
  const known = current.rules ?? [];
  if (known.some(({ code }) => code === named)) return current;
  if (!existsSync(named))
    throw new CommandError({
      vi: `'${named}' không phải mã quy tắc trong danh mục, cũng không phải tệp`,
      en: `'${named}' is neither a rule of the registry nor a file`,
    });
  const { value } = await readYamlDocument(named);
  const given = (value as { readonly rules?: unknown } | null)?.rules;
  if (!Array.isArray(given))
    throw new CommandError({
      vi: `${named}: phải có trường 'rules' là danh sách quy tắc`,
      en: `${named}: must have the key 'rules', a list of rules`,
    });
  const codes = new Set((given as readonly Partial<Rule>[]).map((rule) => rule.code));
  const rules = [...known.filter(({ code }) => !codes.has(code)), ...(given as unknown[])];
  const registry = validateRegistry({ ...current, rules });
  const faults = checkRegistry(registry);
  if (faults.length > 0) {
    const list = faults.map(({ path, expected }) => `${path} ${expected}`).join('\n');
    throw new CommandError({ vi: `${named} có lỗi`, en: `${named} has faults:\n${list}` });
  }
  return registry;
}
