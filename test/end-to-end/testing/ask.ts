import type { Scene } from '@envigate/test-support';

/** A question to the API, or a change where there is a body. */
export async function ask<T = unknown>(
  { gateway }: Scene,
  path: string,
  body?: object,
): Promise<T> {
  const response = await fetch(`${gateway.consoleUrl}/api/v1/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    ...(body && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${answer}`);
  return JSON.parse(answer) as T;
}
