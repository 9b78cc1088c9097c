export { type RemoteServer } from './server-process.ts';
export * from './proftpd.ts';
export * from './pure-ftpd.ts';
export * from './pyftpdlib.ts';
export * from './site-kinds.ts';
export * from './sshd.ts';
export * from './stalling-proxy.ts';
export * from './vsftpd.ts';
