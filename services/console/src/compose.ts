import type { RegistrySource } from '@envigate/domain';
import { Bytes, HttpError, httpServer, type LateRoutes, type Route } from '@envigate/http';
import { consoleQueries, registryDesk, replayDesk, type Database } from '@envigate/postgres';
import type { Emit, Service } from '@envigate/runtime';
import { consoleOperations } from './console.ts';
import { Refusal, type Operation } from './operation.ts';
import { events } from './telemetry.ts';

export interface ConsoleShared {
  readonly database: Database;
  readonly registry: RegistrySource;
  /** Of services that run in the same process. */
  readonly lateRoutes?: LateRoutes;
}

/** Ready while the database answers. */
export const console: Service<ConsoleShared> = {
  name: 'console',
  compose: ({ config, database, registry, lateRoutes, health, telemetry, logger }) => ({
    name: 'console',
    async start() {
      const emit = telemetry.emitter(events, logger);
      const operations = consoleOperations({
        queries: consoleQueries(database),
        desk: registryDesk(database),
        replays: replayDesk(database),
        registry,
        emit,
      });
      const server = httpServer({
        ...config.console,
        logger,
        telemetry,
        health,
        routes: operations.map((operation) => routeOf(operation, emit)),
        lateRoutes,
        title: 'Envigate',
        version: apiVersion,
      });
      const started = await server.start();
      health.add({ name: 'database', check: () => database.check() });
      emit('console-listening', { url: started.value.url });
      return started;
    },
  }),
};

/** Of the API: raised when an answer loses something or means something else. */
export const apiVersion = '1';

/** The operation on a server: refusals and absent servers become HTTP statuses. */
export function routeOf(operation: Operation, emit: Emit<typeof events>): Route {
  const { operationId } = operation;
  const answer =
    operation.response === 'bytes'
      ? async (request: Parameters<Route['handle']>[0]) => {
          const { content, name } = await operation.handle(request);
          return new Bytes(content, 'application/octet-stream', name);
        }
      : operation.handle;
  return {
    ...operation,
    method: operation.method ?? 'GET',
    async handle(request) {
      const began = performance.now();
      const report = (outcome: 'answered' | 'refused' | 'failed'): void =>
        emit('question-answered', {
          operation: operationId,
          outcome,
          seconds: (performance.now() - began) / 1000,
        });
      try {
        const result = await answer(request);
        report('answered');
        return result;
      } catch (error) {
        report(error instanceof Refusal ? 'refused' : 'failed');
        throw httpErrorOf(error);
      }
    },
  };
}

function httpErrorOf(error: unknown): unknown {
  if (error instanceof Refusal) {
    switch (error.kind) {
      case 'invalid':
        return new HttpError(400, 'request-invalid', error.message);
      case 'not-found':
        return new HttpError(404, 'not-found', error.message);
      case 'conflict':
        return new HttpError(409, 'conflict', error.message);
    }
  }
  if ((error as { retryable?: unknown }).retryable === true) {
    return new HttpError(503, 'unavailable', 'the database does not answer; try again later');
  }
  return error;
}
