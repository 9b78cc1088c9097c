import type { FastifyInstance } from 'fastify';
import type { Route } from './route.ts';

/**
 * Routes of parts that may start after the process's server: added whenever a part is ready, and
 * looked for at each request.
 */
export class LateRoutes {
  readonly #routes = new Set<Route>();

  /** Adds routes; the returned function takes them away again. */
  add(routes: readonly Route[]): () => void {
    for (const route of routes) this.#routes.add(route);
    return () => {
      for (const route of routes) this.#routes.delete(route);
    };
  }

  all(): readonly Route[] {
    return [...this.#routes];
  }
}

/**
 * Lets a server answer late routes too. A router cannot be changed once it listens; so they get one
 * of their own, made anew when they have changed, which is asked for what the server has not.
 */
export function answerLateRoutes(
  app: FastifyInstance,
  late: LateRoutes,
  build: (routes: readonly Route[]) => Promise<FastifyInstance>,
): void {
  let made: { key: readonly Route[]; app: Promise<FastifyInstance> } | undefined;

  const current = (): Promise<FastifyInstance> => {
    const key = late.all();
    if (made !== undefined && isSame(made.key, key)) return made.app;
    const before = made?.app;
    made = { key, app: build(key) };
    void before?.then((old) => old.close());
    return made.app;
  };
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404 || late.all().length === 0) return;
    const lateApp = await current();
    reply.hijack();
    lateApp.routing(request.raw, reply.raw);
  });
  app.addHook('onClose', async () => {
    await (await made?.app)?.close();
  });
}

function isSame(one: readonly Route[], other: readonly Route[]): boolean {
  return one.length === other.length && one.every((route, i) => route === other[i]);
}
