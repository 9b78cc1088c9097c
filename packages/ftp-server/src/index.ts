export { createFtpServer, type FtpServer, type FtpServerOptions } from './server.ts';
export { ftpEvents } from './telemetry.ts';
