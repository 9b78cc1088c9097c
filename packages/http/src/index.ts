export * from './route.ts';
export {
  buildFormApp,
  formServer,
  type Form,
  type FormFile,
  type FormPage,
  type FormRequest,
  type FormServerOptions,
} from './form-server.ts';
export { buildApp, httpServer, type HttpServer, type HttpServerOptions } from './server.ts';
