/** What makes a process ready. Liveness is answered by the HTTP server answering at all. */
export interface HealthCheck {
  readonly name: string;
  /** Rejects with the reason where the part is not ready. */
  check(): Promise<void>;
}

export interface HealthReport {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, string>>;
}

export class Health {
  readonly #checks: HealthCheck[] = [];

  add(check: HealthCheck): void {
    this.#checks.push(check);
  }

  async report(): Promise<HealthReport> {
    const results = await Promise.all(
      this.#checks.map(async (part): Promise<[string, string]> => {
        const { name } = part;
        try {
          await part.check();
          return [name, 'ok'];
        } catch (error) {
          return [name, error instanceof Error ? error.message : String(error)];
        }
      }),
    );
    return {
      ready: results.every(([, state]) => state === 'ok'),
      checks: Object.fromEntries(results),
    };
  }
}
