export { createSftpServer, type SftpServer, type SftpServerOptions } from './server.ts';
export { sftpEvents } from './telemetry.ts';
