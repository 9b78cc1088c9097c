// Of the image: ends with 0 where the process of this container answers /healthz, on the operations port of a single
// service or on that of the console. Other ports than the defaults are known from the environment.
const ports = [
  process.env.ENVIGATE_OPERATIONS_PORT || '9464',
  process.env.ENVIGATE_CONSOLE_PORT || '8080',
];
const answers = await Promise.all(
  ports.map((port) =>
    fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(4_000) }).then(
      ({ ok, status }) => (ok ? undefined : `port ${port}: status ${status}`),
      (error) => `port ${port}: ${error.cause?.code ?? error.message}`,
    ),
  ),
);
if (!answers.includes(undefined)) {
  console.error(`no answer to /healthz: ${answers.join(', ')}`);
  process.exit(1);
}
