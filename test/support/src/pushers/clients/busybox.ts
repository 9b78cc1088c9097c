import type { Client, Errand } from '../client.ts';

function ftpput(
  { user, password, host, port }: Errand,
  file: string,
): { program: string; args: string[] } {
  const access = ['-u', user, '-p', password, '-P', String(port)];
  return { program: 'busybox', args: ['ftpput', ...access, host, 'reading.txt', file] };
}

const uploadsOnly = { cannot: 'has no command but the upload' };

export const busyboxClient: Client = {
  name: 'busybox ftpput',
  version: { program: 'busybox', args: ['--help'], shows: /BusyBox v([\d.]+)/ },
  debian: 'busybox',
  modes: { plain: true },
  otherModes: 'speaks plain FTP only',
  upload: (errand) => ftpput(errand, errand.file),
  active: { cannot: 'knows passive mode only' },
  text: { cannot: 'sends in binary only' },
  folders: uploadsOnly,
  path: uploadsOnly,
  rename: uploadsOnly,
  resume: uploadsOnly,
  abort: (errand) => ftpput(errand, '-'),
  list: uploadsOnly,
  repeat: { cannot: 'speaks no TLS' },
};
