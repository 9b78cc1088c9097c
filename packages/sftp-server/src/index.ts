export { createSftpServer, type SftpServer, type SftpServerOptions } from './server.ts';
export { events } from './telemetry.ts';
