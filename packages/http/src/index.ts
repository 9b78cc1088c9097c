export { LateRoutes } from './late-routes.ts';
export * from './route.ts';
export { buildApp, httpServer, type HttpServer, type HttpServerOptions } from './server.ts';
