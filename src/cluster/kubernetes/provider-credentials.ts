/** `auth-provider` users of a kubeconfig (OIDC and the old cloud providers): left to the official client, which is loaded only for them as it is large. */

import type { ClusterConnection } from './connection.ts';
import type { Credentials } from './credentials.ts';
import type { UserEntry } from './kubeconfig.ts';

export function providerCredentials(user: UserEntry, connection: Omit<ClusterConnection, 'credentials'>): Credentials {
  let loaded: Promise<(headers: Record<string, string>) => Promise<void>> | undefined;

  async function load() {
    const { KubeConfig } = await import('@kubernetes/client-node');
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: 'cluster', server: connection.server, skipTLSVerify: connection.skipTlsVerify ?? false },
      { name: 'user', authProvider: user['auth-provider'] },
    );
    return async (headers: Record<string, string>) => {
      const options: { headers: Record<string, string> } = { headers };
      await config.applyToHTTPSOptions(options);
    };
  }

  return {
    async current() {
      const apply = await (loaded ??= load());
      const headers: Record<string, string> = {};
      await apply(headers);
      const authorization = headers['Authorization'];
      if (authorization === undefined)
        throw new Error(`auth provider ${user['auth-provider']?.name ?? ''} of the kubeconfig gave no credential`);
      return { headers: { authorization } };
    },
    refresh() {
      // A new KubeConfig forgets the tokens that the old one has cached.
      loaded = undefined;
      return true;
    },
  };
}
