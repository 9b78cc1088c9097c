import { describe, expect, test } from '@jest/globals';
import { hashPassword, verifyPassword } from './password.ts';

const demoHash =
  'scrypt$16384$8$1$vmFrgZpGub1zDEzmYhT4IA==$Ro5+OrO0NMNTGPlivTi79ltujdlvEfKGeGeCWAX0PH7saIuI+UNwkWpZ3e2mbHcbBxF3KBFgqyHnLAL1nlOTzg==';

describe('password', () => {
  test('its own hash verifies it and nothing else', async () => {
    const hash = await hashPassword('Trạm-01 ✓');
    expect(hash).toMatch(/^scrypt\$16384\$8\$1\$[A-Za-z0-9+/=]{24}\$[A-Za-z0-9+/=]{88}$/);
    expect(await verifyPassword('Trạm-01 ✓', hash)).toBe(true);
    expect(await verifyPassword('Trạm-01', hash)).toBe(false);
    expect(await verifyPassword('', hash)).toBe(false);
  });

  test('two hashes of one password differ', async () => {
    expect(await hashPassword('x')).not.toBe(await hashPassword('x'));
  });

  test('letters typed with combining marks are the same password', async () => {
    const hash = await hashPassword('é');
    expect(await verifyPassword('e\u0301', hash)).toBe(true);
  });

  test('a hash made elsewhere with the same parameters verifies', async () => {
    expect(await verifyPassword('demo-caph', demoHash)).toBe(true);
    expect(await verifyPassword('demo-dthy', demoHash)).toBe(false);
  });

  test.each([
    ['another scheme', demoHash.replace('scrypt', 'bcrypt')],
    ['no power of two', demoHash.replace('16384', '16383')],
    ['N = 1', demoHash.replace('16384', '1')],
    ['more memory than allowed', demoHash.replace('16384', '16777216')],
    ['too many lanes', demoHash.replace('$8$1$', '$8$1000$')],
    ['no salt', 'scrypt$16384$8$1$$Ro5+OrO0NMNTGPlivTi79g=='],
    ['an empty hash', 'scrypt$16384$8$1$vmFrgZpGub1zDEzmYhT4IA==$'],
    ['a short hash', 'scrypt$16384$8$1$vmFrgZpGub1zDEzmYhT4IA==$Ro5+'],
    ['a part too many', `${demoHash}$x`],
    ['nothing', ''],
  ])('%s is refused', async (_what, hash) => {
    expect(await verifyPassword('demo-caph', hash)).toBe(false);
  });
});
