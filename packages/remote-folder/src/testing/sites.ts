import type { RemoteSite } from '@envigate/contracts';
import type { RemoteSession } from '@envigate/domain';
import { siteEnv } from '@envigate/test-support';
import { connectToSite } from '../connect-to-site.ts';

export function open(site: RemoteSite, signal?: AbortSignal): Promise<RemoteSession> {
  return connectToSite({ env: siteEnv })(site, signal ?? new AbortController().signal);
}
