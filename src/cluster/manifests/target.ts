/** What rendering one version needs: pure data, put together by the engine from a deployment's record. */

import type { DescriptorSpec } from '../../descriptors/index.ts';

export interface VersionTarget {
  installation: string;
  namespace: string;
  appName: string;
  version: string;
  /** Id of the deployment that made the version's objects; becomes the annotation `teal/deployment`. */
  deployment: string;
  /** Epoch of the writer; becomes the annotation `teal/epoch`. */
  epoch: number;
  descriptor: DescriptorSpec;
  /** The store's environment, raw key -> value. */
  environment: Record<string, string>;
  replicas: number;
}
