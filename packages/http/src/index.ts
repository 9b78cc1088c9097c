export * from './route.ts';
export { LateRoutes } from './late-routes.ts';
export { admitOperator, type OperatorGuard } from './operator-guard.ts';
export { buildApp, httpServer, type HttpServer, type HttpServerOptions } from './server.ts';
