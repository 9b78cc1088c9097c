import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { repositoryRoot } from '@envigate/test-support';

export const dockerfileText = readFileSync(join(repositoryRoot, 'deploy/Dockerfile'), 'utf8');
const dockerfile = DockerfileParser.parse(dockerfileText);

/** An instruction with its arguments in one line. */
export interface Instruction {
  readonly keyword: string;
  readonly argument: string;
}

/** The instructions of the image's last stage, or of all. */
export function instructionsOf(stage: 'last' | 'all'): readonly Instruction[] {
  const all = dockerfile.getInstructions().map((instruction) => {
    const text = instruction.getTextContent().replaceAll(/\\\n\s*(#.*\n\s*)*/g, '');
    const [keyword = ''] = text.split(/\s/, 1);
    return { keyword, argument: text.slice(keyword.length).trim() };
  });
  const last = all.findLastIndex(({ keyword }) => keyword === 'FROM');
  return stage === 'all' ? all : all.slice(last);
}

/** The environment that the image sets. */
export function environmentOfImage(): Readonly<Record<string, string>> {
  const properties = dockerfile.getENVs().flatMap((instruction) => instruction.getProperties());
  return Object.fromEntries(
    properties.map((property) => [property.getName(), property.getValue() ?? '']),
  );
}
