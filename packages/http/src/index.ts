export * from './route.ts';
export { LateRoutes } from './late-routes.ts';
export { buildApp, httpServer, type HttpServer, type HttpServerOptions } from './server.ts';
