export * from './route.ts';
export { buildApp, httpServer, type HttpServer, type HttpServerOptions } from './server.ts';
