import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { validate } from 'dockerfile-utils';
import { repositoryRoot } from '@envigate/test-support';
import { dockerfileText, instructionsOf } from './testing/dockerfile.ts';

// What can be said of the image without Docker. That its stages build, and that what they make runs on a read-only root,
// is shown by test/fresh-machine/fresh-machine.sh image.

const argumentsOf = (keyword: string): readonly string[] =>
  instructionsOf('last')
    .filter((instruction) => instruction.keyword === keyword)
    .map(({ argument }) => argument);

test('has no fault that the parser of editors knows', () => {
  expect(validate(dockerfileText)).toEqual([]);
});

test('is made from one exact version of Node.js, which is that of the package', () => {
  const stage = readFileSync(join(repositoryRoot, 'deploy/package/stage.sh'), 'utf8');
  const [, version] = /^node_version=(\d+\.\d+\.\d+)$/m.exec(stage) ?? [];
  const bases = instructionsOf('all').filter(({ keyword }) => keyword === 'FROM');
  expect(bases.map(({ argument }) => argument)).toEqual([
    `node:${version}-bookworm-slim AS build`,
    `node:${version}-bookworm-slim`,
  ]);
});

test('installs exact versions, and leaves no package lists', () => {
  for (const command of argumentsOf('RUN').filter((text) => text.includes('apt-get install'))) {
    const [, names = ''] = /apt-get install ([^&]*)/.exec(command) ?? [];
    const packages = names.split(/\s+/).filter((word) => word !== '' && !word.startsWith('-'));
    expect(packages.filter((name) => !/=\d/.test(name))).toEqual([]);
    expect(command).toContain('--no-install-recommends');
    expect(command).toMatch(/rm -rf \/var\/lib\/apt\/lists\/\*$/);
  }
});

test('takes over the program alone, which is not its user’s', () => {
  expect(argumentsOf('COPY')).toEqual(['--from=build /program /opt/envigate']);
  expect(argumentsOf('ADD')).toEqual([]);
});

test('does not run as root, by a number that Kubernetes can look at', () => {
  const [user] = argumentsOf('USER');
  expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  const keywords = instructionsOf('last').map(({ keyword }) => keyword);
  expect(keywords.lastIndexOf('RUN')).toBeLessThan(keywords.indexOf('USER'));
});

test('starts without a shell, so that signals reach the program, and looks at its health', () => {
  expect(argumentsOf('ENTRYPOINT')).toEqual(['["tini", "--", "envigate"]']);
  expect(argumentsOf('CMD')).toEqual(['["run", "all"]']);
  const [health = ''] = argumentsOf('HEALTHCHECK');
  const [, program = ''] = /CMD \["node", "\/opt\/envigate\/([^"]+)"\]$/.exec(health) ?? [];
  expect(readFileSync(join(repositoryRoot, program), 'utf8')).toContain('/healthz');
});

test('contains no secret', () => {
  const variables = ['ARG', 'ENV'].flatMap(argumentsOf).join(' ');
  expect(variables).not.toMatch(/PASSWORD|TOKEN|SECRET|DATABASE_URL/);
});
