export { createFtpServer, type FtpServer, type FtpServerOptions } from './server.ts';
export { events } from './telemetry.ts';
