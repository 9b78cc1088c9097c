import { expect, test } from '@jest/globals';
import { attachment } from './content-disposition.ts';

test.each([
  ['TB_1.txt', 'TB_1.txt', 'TB_1.txt'],
  ['trạm (1).txt', 'tr_m (1).txt', 'tr%E1%BA%A1m%20%281%29.txt'],
  ["d'eau.txt", "d'eau.txt", 'd%27eau.txt'],
  ['../../etc/passwd', '_.._etc_passwd', '_.._etc_passwd'],
  ['C:\\a.txt', 'C__a.txt', 'C__a.txt'],
  ['a\r\nset-cookie: x=1.txt', 'a__set-cookie_ x=1.txt', 'a__set-cookie_%20x%3D1.txt'],
  ['a"; filename=b.exe', 'a_; filename=b.exe', 'a_%3B%20filename%3Db.exe'],
  ['%2e%2e%2fa.txt', '_2e_2e_2fa.txt', '_2e_2e_2fa.txt'],
  ['so-lieu\u202Etxt.exe', 'so-lieu_txt.exe', 'so-lieu_txt.exe'],
  ['half \uD83D.txt', 'half _.txt', 'half%20_.txt'],
  ['.bashrc', 'bashrc', 'bashrc'],
  ['. .', 'file', 'file'],
])('%j is saved as %j', (name, ascii, extended) => {
  expect(attachment(name)).toBe(`attachment; filename="${ascii}"; filename*=UTF-8''${extended}`);
});
