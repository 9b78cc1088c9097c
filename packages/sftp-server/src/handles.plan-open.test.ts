import { describe, expect, test } from '@jest/globals';
import ssh2 from 'ssh2';
import { planOpen } from './handles.ts';
import { openFlag, status } from './protocol.ts';

const { read, write, append, create, truncate, exclusive } = openFlag;
const upload = { kind: 'upload', mustExist: false, mustBeNew: false };

describe('planOpen', () => {
  test.each([
    ['sftp put', write | create | truncate, { ...upload, start: 'fresh' }],
    ['sftp put of ssh2, w+', read | write | create | truncate, { ...upload, start: 'fresh' }],
    ['sftp reput', write | create | append, { ...upload, start: 'end' }],
    ['scp', write | create, { ...upload, start: 'first-write' }],
    ['r+', read | write, { ...upload, start: 'first-write', mustExist: true }],
    ['wx', write | create | truncate | exclusive, { ...upload, start: 'fresh', mustBeNew: true }],
    [
      'EXCL without CREAT means nothing',
      write | exclusive,
      { ...upload, start: 'first-write', mustExist: true },
    ],
  ])('%s', (_client, flags, plan) => {
    expect(planOpen(flags)).toEqual(plan);
  });

  test.each([
    ['READ', read],
    ['READ|CREAT', read | create],
    ['APPEND without WRITE', append | create],
    ['nothing', 0],
  ])('%s is refused: this is no place to read', (_name, flags) => {
    expect(planOpen(flags)).toMatchObject({ kind: 'refuse', code: status.permissionDenied });
  });
});

test('the numbers are those of ssh2', () => {
  const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;
  expect(openFlag).toEqual({
    read: OPEN_MODE.READ,
    write: OPEN_MODE.WRITE,
    append: OPEN_MODE.APPEND,
    create: OPEN_MODE.CREAT,
    truncate: OPEN_MODE.TRUNC,
    exclusive: OPEN_MODE.EXCL,
  });
  expect(status).toEqual({
    ok: STATUS_CODE.OK,
    endOfFile: STATUS_CODE.EOF,
    noSuchFile: STATUS_CODE.NO_SUCH_FILE,
    permissionDenied: STATUS_CODE.PERMISSION_DENIED,
    failure: STATUS_CODE.FAILURE,
    badMessage: STATUS_CODE.BAD_MESSAGE,
    unsupported: STATUS_CODE.OP_UNSUPPORTED,
  });
});
