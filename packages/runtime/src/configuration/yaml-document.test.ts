import { describe, expect, test } from '@jest/globals';
import { DocumentError, parseYamlDocument, readYamlDocument } from './yaml-document.ts';

const vietnamese = /[ăâđêôơưáàảãạắằấầếềốồớờứừ]/i;

describe('a YAML document that cannot be parsed', () => {
  test.each([
    ['a: b: c', 't.yaml:1:4: ', 'có hai dấu hai chấm trên một dòng', 'Nested mappings'],
    ['a: [1, 2', 't.yaml:1:9: ', 'thụt đầu dòng không đúng', 'Flow sequence'],
    ['a: "x', 't.yaml:1:6: ', 'thiếu ký tự bắt buộc', 'Missing closing "quote'],
    ['a: 1\na: 2', 't.yaml:2:1: ', 'trường đã có trước đó', 'Map keys must be unique'],
    ['a:\n\t- 1', 't.yaml:2:1: ', 'không được thụt đầu dòng bằng phím Tab', 'Tabs are not allowed'],
    ['a: @b', 't.yaml:1:4: ', 'giá trị không được bắt đầu', 'Plain value cannot start'],
    ['a: "\\q"', 't.yaml:1:5: ', 'ký tự sau dấu \\', 'Invalid escape sequence'],
    ['a: 1\n---\nb: 2', 't.yaml:2:1: ', 'tệp chỉ được chứa một tài liệu', 'Source contains'],
    ['a: *b', 't.yaml: ', 'tham chiếu (*…) không có nhãn', 'an alias (*…) refers to no'],
  ])('%j is refused by its place, in Vietnamese and English', (text, place, vi, en) => {
    const read = (): unknown => parseYamlDocument('t.yaml', text);
    expect(read).toThrow(DocumentError);
    expect(read).toThrow(new RegExp(`^${escape(place)}${escape(vi)}[^\\n]* · ${escape(en)}`));
  });

  test('reports every fault, each on its line', () => {
    const read = (): unknown => parseYamlDocument('t.yaml', 'a: 1\na: 2\nb: @c');
    expect(read).toThrow(/^t\.yaml:2:1: .* · .*\nt\.yaml:3:4: .* · /);
  });

  test('does not quote the text, which may be a secret', () => {
    expect(() => parseYamlDocument('t.yaml', 'password: @hidden')).not.toThrow(/hidden/);
  });

  test('that is not there says so in both languages', async () => {
    const reading = readYamlDocument('/nothing/here.yaml');
    await expect(reading).rejects.toThrow(
      /^\/nothing\/here\.yaml: không đọc được: ENOENT.* · cannot be read: ENOENT/,
    );
    await expect(reading).rejects.toThrow(vietnamese);
  });
});

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
