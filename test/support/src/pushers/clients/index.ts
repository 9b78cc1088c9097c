import type { Client } from '../client.ts';
import { busyboxClient } from './busybox.ts';
import { curlClient } from './curl.ts';
import { lftpClient } from './lftp.ts';
import { ncftpClient } from './ncftp.ts';
import { scpClient, sftpClient } from './openssh.ts';
import { rcloneClient } from './rclone.ts';
import { scriptedClients } from './scripted.ts';
import { wgetClient } from './wget.ts';
import { wputClient } from './wput.ts';

/** The clients of the matrix, as the page lists them. */
export const clients: readonly Client[] = [
  curlClient,
  lftpClient,
  ncftpClient,
  busyboxClient,
  wgetClient,
  wputClient,
  rcloneClient,
  ...scriptedClients,
  sftpClient,
  scpClient,
];
