/** The types of the API, written by "npm run openapi" from api/openapi.yaml; do not edit. Nothing of it exists at run time. */

export interface paths {
  '/descriptors/': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List descriptors, newest first. */
    get: operations['listDescriptors'];
    put?: never;
    /** Create a descriptor. Nothing is deployed. */
    post: operations['createDescriptor'];
    /** Delete the descriptors of an app. Nothing is undeployed. */
    delete: operations['deleteDescriptors'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/descriptors/validate': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Say everything that is wrong with a descriptor. Nothing is stored. */
    post: operations['validateDescriptor'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/descriptors/{id}/': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a descriptor. */
    get: operations['getDescriptor'];
    /** Replace a descriptor. Nothing is deployed. */
    put: operations['replaceDescriptor'];
    post?: never;
    /** Delete a descriptor. Nothing is undeployed. */
    delete: operations['deleteDescriptor'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/descriptors/diff': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Say what a deployment of a descriptor would change. Nothing is stored or deployed. */
    post: operations['diffDescriptor'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/deployments/': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List deployments, newest first. */
    get: operations['listDeployments'];
    put?: never;
    /**
     * Deploy a descriptor.
     * @description The same request under the same Idempotency-Key within 24 hours gives the same deployment again.
     */
    post: operations['deploy'];
    /** Delete an app's settled deployments in FAILURE or UNDEPLOYED. */
    delete: operations['clearDeployments'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/deployments/{id}/': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a deployment, or wait for it. */
    get: operations['getDeployment'];
    /** Deploy the stored copy of its descriptor again. The body is ignored. */
    put: operations['redeploy'];
    post?: never;
    /** Undeploy or cancel a deployment, and delete its record when asked. */
    delete: operations['removeDeployment'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/deployments/{id}/logs': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read or follow the log.
     * @description One line per entry, `<RFC 3339> <message>`; entries with numbers when JSON is accepted (followed: one JSON text per line).
     */
    get: operations['getLog'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/deployments/{id}/healthcheckdata': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read what the health checks of the pods answered last. */
    get: operations['getHealthCheckData'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/deployments/{id}/promote': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Let a deployment that waits take the traffic. */
    post: operations['promote'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/deployments/{id}/abort': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Give up a deployment before its switch. */
    post: operations['abort'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/deployments/{id}/rollback': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Go back from the live deployment to the version before it.
     * @description While the previous version still runs this is one switch; afterwards its descriptor is deployed anew.
     */
    post: operations['rollback'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/apps/': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List apps with their state.
     * @description Without namespace: of every namespace that the caller may read.
     */
    get: operations['listApps'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/apps/{appName}/': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read an app as it stands now: versions, pods, traffic; or wait until that changes. */
    get: operations['getApp'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/apps/{appName}/adopt': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Take over what runs already under the names of an app; its pods go on running.
     * @description For what the deployer before Teal, or another installation of Teal, has left. A dry run unless `dryRun=false`.
     */
    post: operations['adoptApp'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/environment/': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** List the variables that every container gets. */
    get: operations['listEnvironment'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/environment/{name}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Read a variable. */
    get: operations['getVariable'];
    /** Set a variable. What runs keeps what it was started with. */
    put: operations['setVariable'];
    post?: never;
    /** Delete a variable. What runs keeps what it was started with. */
    delete: operations['deleteVariable'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/audit/': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List who tried to change what, newest first.
     * @description Without namespace, for admins: what concerns no namespace, and what was let in nowhere, such as requests for a namespace of others.
     */
    get: operations['listAudit'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/whoami': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Who the caller is, and where it may look. */
    get: operations['whoAmI'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/diagnosis': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Is everything there that Teal needs?
     * @description With a namespace also: whether Teal has all rights there.
     */
    get: operations['diagnose'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/livez': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether the process runs. */
    get: operations['live'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/readyz': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether the server can do its work: store, cluster and engine. */
    get: operations['ready'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/metrics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Metrics in the text format of Prometheus. */
    get: operations['metrics'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/version': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What runs here. */
    get: operations['version'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/openapi.json': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** This document. */
    get: operations['document'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    AcceptDto: {
      /**
       * @description Container name to image reference: replaces images in the copy that is deployed
       * @example {
       *       "web": "registry.example.com/shop/web:1.2"
       *     }
       */
      images?: {
        [key: string]: string;
      };
    };
    Adoption: {
      dryRun: boolean;
      appName: string;
      version: string;
      descriptor: components['schemas']['DescriptorDto'];
      objects: {
        kind: string;
        name: string;
        /** @enum {string} */
        whose: 'original' | 'other-installation' | 'ours' | 'missing';
        /**
         * @description What is missing is made by the server afterwards
         * @enum {string}
         */
        action: 'mark' | 'none';
      }[];
      warnings: string[];
      /**
       * Format: uuid
       * @description Its record; absent in a dry run
       */
      deployment?: string;
    };
    /** @description One app as it stands now. */
    AppDetail: {
      namespace: string;
      appName: string;
      /**
       * @description degraded: it serves, but with fewer ready pods than it should have. failed: nothing serves, and the newest deployment ended in FAILURE
       * @enum {string}
       */
      state: 'live' | 'deploying' | 'degraded' | 'failed' | 'undeploying' | 'undeployed';
      /** @description Of what serves, else of the newest deployment */
      host?: string;
      serving?: components['schemas']['Brief'];
      candidate?: components['schemas']['Brief'];
      predecessor?: components['schemas']['Brief'];
      newest?: components['schemas']['Brief'];
      queued: number;
      /** @description Changes exactly when something else in this answer does, but `time` and `checkedAt` */
      revision: string;
      /**
       * Format: date-time
       * @description Now, on the cluster's clock
       */
      time: string;
      queue: components['schemas']['Brief'][];
      versions: components['schemas']['AppVersion'][];
      traffic: {
        service?: {
          name: string;
          /** @description That its selector names */
          version?: string;
        };
        ingress?: {
          name: string;
          host?: string;
          /** @description A Service */
          backend?: string;
          className?: string;
        };
      };
      /** @description The change of traffic that is under way */
      intent?: {
        /** Format: uuid */
        from?: string;
        /** Format: uuid */
        to: string;
        /** @enum {string} */
        why: 'deploy' | 'rollback' | 'switch-back';
        /** Format: date-time */
        at: string;
      };
      /** @description False until this server has read the cluster: pods and traffic are then unknown, not gone */
      clusterKnown: boolean;
    };
    AppPod: {
      name: string;
      /** @description Of Kubernetes: Pending, Running, ... */
      phase: string;
      ready: boolean;
      /** @description What the last health check said that is known here */
      healthy?: boolean;
      /**
       * Format: date-time
       * @description Of that check; it alone changes no revision
       */
      checkedAt?: string;
      /** @description What the pod answered, or why there is no answer */
      healthText?: string;
      restarts: number;
      created: string;
      node?: string;
      ip?: string;
      /** @description Of its first container */
      image: string;
      /** @description What keeps it from running, in the word of Kubernetes */
      reason?: string;
      /** @constant */
      deleting?: true;
    };
    /** @description One app in few words. */
    AppSummary: {
      namespace: string;
      appName: string;
      /**
       * @description degraded: it serves, but with fewer ready pods than it should have. failed: nothing serves, and the newest deployment ended in FAILURE
       * @enum {string}
       */
      state: 'live' | 'deploying' | 'degraded' | 'failed' | 'undeploying' | 'undeployed';
      /** @description Of what serves, else of the newest deployment */
      host?: string;
      serving?: components['schemas']['Brief'];
      candidate?: components['schemas']['Brief'];
      predecessor?: components['schemas']['Brief'];
      newest?: components['schemas']['Brief'];
      queued: number;
    };
    AppVersion: {
      /** @enum {string} */
      role: 'serving' | 'candidate' | 'predecessor';
      deployment: components['schemas']['Brief'];
      /** @description Whether the Service of the app selects it now */
      receivesTraffic: boolean;
      replicas: {
        wanted: number;
        current: number;
        ready: number;
        healthy: number;
      };
      /** @description Where the proxy serves this version alone; only with a preview domain */
      previewHost?: string;
      pods: components['schemas']['AppPod'][];
    };
    /** @description Who tried to change what, when, from where, and what came of it. */
    AuditRecord: {
      /** Format: uuid */
      id: string;
      /** Format: date-time */
      time: string;
      principal: string;
      /** @enum {string} */
      role: 'viewer' | 'deployer' | 'admin';
      /** @description Of the connection: behind a proxy, the proxy's */
      remoteAddress: string;
      requestId: string;
      /** @description operationId of the route */
      action: string;
      /** @description As it was asked for */
      namespace: string;
      target?: {
        /** @enum {string} */
        kind: 'descriptor' | 'deployment' | 'variable';
        id: string;
      };
      appName?: string;
      /**
       * @description refused: nothing was changed; failed: read before trying again
       * @enum {string}
       */
      outcome: 'done' | 'refused' | 'failed';
      status: number;
      /** @description Of the refusal */
      code?: string;
      change?: {
        /** @description Of a replaced descriptor */
        fields?: {
          /** @description JSON pointer into the descriptor */
          pointer: string;
          /** @description Absent = the field was not there; `***` = it could be a secret */
          before?: unknown;
          after?: unknown;
        }[];
        /** @description So many more changed than are listed */
        moreFields?: number;
        descriptorId?: string;
        version?: string;
        /** @description Container name to image reference */
        images?: {
          [key: string]: string;
        };
        rollbackOf?: string;
        /** @description How many were deleted */
        deleted?: number;
      };
    };
    /** @description One deployment in few words. */
    Brief: {
      /** Format: uuid */
      id: string;
      version: string;
      /** @enum {string} */
      status: 'DEPLOYING' | 'DEPLOYED' | 'UNDEPLOYING' | 'UNDEPLOYED' | 'FAILURE';
      /** @enum {string} */
      phase:
        | 'queued'
        | 'starting'
        | 'verifying'
        | 'preparing-traffic'
        | 'waiting'
        | 'switching'
        | 'confirming'
        | 'serving'
        | 'draining'
        | 'retiring'
        | 'cleaning-up'
        | 'settled';
      /** Format: date-time */
      created: string;
      /** Format: date-time */
      lastModified: string;
      /**
       * Format: date-time
       * @description When this phase ends by itself: at the latest, or while confirming at the earliest. Absent where nobody knows
       */
      phaseEndsAt?: string;
      /** Format: date-time */
      deployedAt?: string;
      /** Format: date-time */
      settledAt?: string;
      reason?: {
        code: string;
        message: string;
      };
      /** @description Pods that it was started with */
      replicas: number;
      images: {
        container: string;
        image: string;
      }[];
      principal: string;
      /** @constant */
      degraded?: true;
      /** Format: uuid */
      rollbackOf?: string;
    };
    ClearedDeployments: {
      deleted: string[];
      undeploying: string[];
    };
    /** @description One deployment, with the copy of the descriptor that it deploys. */
    Deployment: {
      /** Format: uuid */
      id: string;
      /** Format: date-time */
      created: string;
      /**
       * Format: date-time
       * @description Strictly later than before with every change
       */
      lastModified: string;
      /** @description The number for `#`; known at acceptance */
      version: string;
      /** @enum {string} */
      status: 'DEPLOYING' | 'DEPLOYED' | 'UNDEPLOYING' | 'UNDEPLOYED' | 'FAILURE';
      /**
       * @description The finer truth behind the status
       * @enum {string}
       */
      phase:
        | 'queued'
        | 'starting'
        | 'verifying'
        | 'preparing-traffic'
        | 'waiting'
        | 'switching'
        | 'confirming'
        | 'serving'
        | 'draining'
        | 'retiring'
        | 'cleaning-up'
        | 'settled';
      /** @description After a failure, a cancellation or an automatic move */
      reason?: {
        code: string;
        message: string;
      };
      /**
       * Format: date-time
       * @description First time it served
       */
      deployedAt?: string;
      /**
       * Format: date-time
       * @description Since then nothing more happens
       */
      settledAt?: string;
      /**
       * Format: date-time
       * @description Until then a replaced version keeps running
       */
      drainUntil?: string;
      /** @description It serves, but not all of its pods are healthy */
      degraded?: boolean;
      /** @description Objects that could not be removed in time */
      leftovers?: string[];
      /** @description What was accepted but cannot work as asked */
      warnings?: string[];
      /**
       * Format: uuid
       * @description The deployment that this one takes back
       */
      rollbackOf?: string;
      /** @description Who asked for it */
      principal: string;
      /** @description Number of the newest log entry */
      logSeq: number;
      /** @description Number of the entry that tells the outcome; streams end there */
      endSeq?: number;
      /** @description Number of the last entry of all */
      settledSeq?: number;
      descriptor: components['schemas']['Descriptor'];
    };
    /** @description A stored descriptor. */
    Descriptor: {
      /** Format: uuid */
      id: string;
      /** Format: date-time */
      created: string;
      /** Format: date-time */
      lastModified: string;
    } & WithRequired<components['schemas']['DescriptorDto'], 'namespace' | 'deploymentType' | 'replicas'>;
    DescriptorDiff: {
      appName: string;
      /** @description `#` = the next number */
      version: string;
      /** @description What serves now; absent = nothing */
      against?: {
        /** Format: uuid */
        deploymentId: string;
        version: string;
      };
      /** @description Unified diff of the two descriptors as YAML; empty when they are the same */
      descriptor: string;
      /** @description What a deployment would leave behind in the cluster, against what stands there now */
      objects: {
        /** @enum {string} */
        action: 'create' | 'change' | 'remove' | 'keep';
        kind: string;
        name: string;
        /** @description Unified diff as YAML. An object of the new version is compared with that of the serving one, whose removal then tells nothing more */
        diff: string;
      }[];
      warnings: string[];
    };
    /** @description What to run and how. `id`, `created` and `lastModified` are set by the server; what a client sends for them is ignored. */
    DescriptorDto: {
      /**
       * @description Kubernetes namespace; absent = that of the query
       * @example default
       */
      namespace?: string;
      /**
       * @description Name of the app: a DNS-1035 label
       * @example my-app
       */
      appName: string;
      /**
       * @description `#` = the next number at each deployment; otherwise a Kubernetes label value
       * @example #
       */
      newVersion: string;
      /** @description Identifiers for automated redeployments */
      webhooks?: components['schemas']['WebhookDto'][];
      /**
       * @description Rollout strategy
       * @default blue-green
       * @enum {string}
       */
      deploymentType: 'blue-green';
      /**
       * @description Number of pods; the server may set a lower maximum
       * @default 1
       */
      replicas: number;
      /**
       * @description Host name under which the app is reached; without it no Ingress is made
       * @example example.com
       */
      frontend?: string;
      /**
       * @description Redirects the `www` subdomain to the frontend
       * @default false
       */
      redirectWww: boolean;
      /**
       * @description gzip at the proxy
       * @default false
       */
      useCompression: boolean;
      /**
       * @description Keeps a client on one pod by a cookie
       * @default false
       */
      useStickySessions: boolean;
      /** @description Secret with the certificate of the frontend */
      tlsSecretName?: string;
      /** @description Headers that the proxy sets on every response */
      additionHttpHeaders?: components['schemas']['HttpHeaderDto'][];
      /**
       * @description Whether the app has a health check
       * @default false
       */
      useHealthCheck: boolean;
      /**
       * @description Absent = 9999 without container ports, the only one, or the one named `healthcheck`
       * @example 9999
       */
      healthCheckPort?: number;
      /**
       * @description Required with useHealthCheck
       * @example health
       */
      healthCheckPath?: string;
      /**
       * @description Required with useHealthCheck. probe: JSON with `"healthy": true`; simple: any 2xx
       * @enum {string}
       */
      healthCheckType?: 'probe' | 'simple';
      /**
       * @description Deploys without asking the health check
       * @default false
       */
      ignoreHealthCheck: boolean;
      /** @description Secrets for private registries, added to those of the pod spec */
      imagePullSecrets?: components['schemas']['PullSecretDto'][];
      /**
       * @description Environment of all containers; a container’s own env wins
       * @example {
       *       "LOG_LEVEL": "info"
       *     }
       */
      environment?: {
        [key: string]: string;
      };
      /** @description Seconds until all pods must be healthy */
      timeoutSeconds?: number;
      /** @description Seconds that the new version is watched after the switch before it counts */
      confirmSeconds?: number;
      /** @description Seconds that the old version keeps running */
      drainSeconds?: number;
      /**
       * @description How traffic is switched; absent = the server’s setting
       * @enum {string}
       */
      routing?: 'versioned' | 'stable-service';
      /**
       * @description manual: the healthy version waits for promote or abort
       * @default auto
       * @enum {string}
       */
      promotion: 'auto' | 'manual';
      /** @description Seconds that the healthy version waits before the switch */
      promotionSeconds?: number;
      /**
       * @description Moves traffic back when the new version dies while the old one still runs
       * @default true
       */
      autoRollback: boolean;
      /**
       * @description Adds a preStop pause to containers without one
       * @default false
       */
      injectPreStop: boolean;
      /** @description Extra labels of the pods */
      labels?: {
        [key: string]: string;
      };
      /** @description Extra annotations of the pods */
      annotations?: {
        [key: string]: string;
      };
      /** @description A Kubernetes v1 PodSpec, passed through untouched */
      podspec: {
        containers: ({
          name: string;
          image: string;
        } & {
          [key: string]: unknown;
        })[];
      } & {
        [key: string]: unknown;
      };
    };
    Diagnosis: {
      checks: {
        name: string;
        /** @description null = the server cannot tell */
        ok: boolean | null;
        detail: string;
        /** @description What mends it */
        fix?: string;
      }[];
    };
    HealthDatum: {
      podName: string;
      /** @description The text that the pod answered, or why there is none */
      value: string;
      healthy: boolean;
      /** Format: date-time */
      checkedAt: string;
    };
    HttpHeaderDto: {
      /**
       * @description Name of the header
       * @example X-TEST
       */
      Header: string;
      /**
       * @description Its value, visible ASCII
       * @example some http header test
       */
      Value: string;
    };
    LogEntry: {
      seq: number;
      /** Format: date-time */
      time: string;
      /** @enum {string} */
      level: 'info' | 'warn' | 'error';
      /** @description One line */
      message: string;
      /** @enum {string} */
      phase?:
        | 'queued'
        | 'starting'
        | 'verifying'
        | 'preparing-traffic'
        | 'waiting'
        | 'switching'
        | 'confirming'
        | 'serving'
        | 'draining'
        | 'retiring'
        | 'cleaning-up'
        | 'settled';
    };
    /** @description A refusal (RFC 9457). Switch over `code`; the texts are for people. */
    Problem: {
      type: string;
      title: string;
      status: number;
      detail: string;
      /** @enum {string} */
      code:
        | 'INVALID'
        | 'UNAUTHENTICATED'
        | 'FORBIDDEN'
        | 'POLICY_VIOLATION'
        | 'NOT_FOUND'
        | 'METHOD_NOT_ALLOWED'
        | 'REQUEST_TIMEOUT'
        | 'CONFLICT'
        | 'HOST_TAKEN'
        | 'NAME_TAKEN'
        | 'QUOTA_EXCEEDED'
        | 'NOT_WAITING'
        | 'NOT_LIVE'
        | 'NO_PREVIOUS'
        | 'SWITCH_IN_PROGRESS'
        | 'IN_FLIGHT'
        | 'PRECONDITION_FAILED'
        | 'TOO_LARGE'
        | 'UNSUPPORTED_MEDIA_TYPE'
        | 'IDEMPOTENCY_KEY_REUSED'
        | 'TOO_MANY_REQUESTS'
        | 'HEADERS_TOO_LARGE'
        | 'INTERNAL'
        | 'UNAVAILABLE';
      requestId: string;
      errors: {
        /** @description JSON pointer into the body, or ?name for a query parameter */
        pointer: string;
        message: string;
      }[];
    };
    PullSecretDto: {
      /**
       * @description Name of the secret that holds the credentials
       * @example registry
       */
      name: string;
    };
    /** @description The deployment that brings the previous version back. */
    RolledBack: {
      /** Format: uuid */
      id: string;
      /** Format: date-time */
      created: string;
      /**
       * Format: date-time
       * @description Strictly later than before with every change
       */
      lastModified: string;
      /** @description The number for `#`; known at acceptance */
      version: string;
      /** @enum {string} */
      status: 'DEPLOYING' | 'DEPLOYED' | 'UNDEPLOYING' | 'UNDEPLOYED' | 'FAILURE';
      /**
       * @description The finer truth behind the status
       * @enum {string}
       */
      phase:
        | 'queued'
        | 'starting'
        | 'verifying'
        | 'preparing-traffic'
        | 'waiting'
        | 'switching'
        | 'confirming'
        | 'serving'
        | 'draining'
        | 'retiring'
        | 'cleaning-up'
        | 'settled';
      /** @description After a failure, a cancellation or an automatic move */
      reason?: {
        code: string;
        message: string;
      };
      /**
       * Format: date-time
       * @description First time it served
       */
      deployedAt?: string;
      /**
       * Format: date-time
       * @description Since then nothing more happens
       */
      settledAt?: string;
      /**
       * Format: date-time
       * @description Until then a replaced version keeps running
       */
      drainUntil?: string;
      /** @description It serves, but not all of its pods are healthy */
      degraded?: boolean;
      /** @description Objects that could not be removed in time */
      leftovers?: string[];
      /** @description What was accepted but cannot work as asked */
      warnings?: string[];
      /**
       * Format: uuid
       * @description The deployment that this one takes back
       */
      rollbackOf?: string;
      /** @description Who asked for it */
      principal: string;
      /** @description Number of the newest log entry */
      logSeq: number;
      /** @description Number of the entry that tells the outcome; streams end there */
      endSeq?: number;
      /** @description Number of the last entry of all */
      settledSeq?: number;
      descriptor: components['schemas']['Descriptor'];
      /** @description Deployments that were cancelled because the rollback goes first */
      cancelled: string[];
    };
    Variable: {
      name: string;
      value: string;
    };
    VariableDto: {
      /**
       * @description What containers get at their next deployment
       * @example db.example.com:5432
       */
      value: string;
    };
    Verdict: {
      valid: boolean;
      errors: {
        /** @description JSON pointer into the body, or ?name for a query parameter */
        pointer: string;
        message: string;
      }[];
      warnings: string[];
    };
    Version: {
      version: string;
      commit: string;
      node: string;
    };
    WebhookDto: {
      /**
       * @description Identifier of the webhook
       * @example 5f0c1a
       */
      key: string;
      /** @description For your own use */
      description?: string;
    };
    WhoAmI: {
      /** @description The token's subject, or `anonymous` */
      name: string;
      /** @enum {string} */
      role: 'viewer' | 'deployer' | 'admin';
      /** @description Where it may work */
      namespaces: string[] | 'all';
      /**
       * Format: date-time
       * @description When its token ends
       */
      expiresAt?: string;
      /** @description Whether the server asks for tokens */
      authentication: boolean;
      /** @description The only namespaces that the server serves; absent = all */
      served?: string[];
      /** @description Namespaces that it may read and that have apps or descriptors, in order */
      known: string[];
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type AcceptDto = components['schemas']['AcceptDto'];
export type Adoption = components['schemas']['Adoption'];
export type AppDetail = components['schemas']['AppDetail'];
export type AppPod = components['schemas']['AppPod'];
export type AppSummary = components['schemas']['AppSummary'];
export type AppVersion = components['schemas']['AppVersion'];
export type AuditRecord = components['schemas']['AuditRecord'];
export type Brief = components['schemas']['Brief'];
export type ClearedDeployments = components['schemas']['ClearedDeployments'];
export type Deployment = components['schemas']['Deployment'];
export type Descriptor = components['schemas']['Descriptor'];
export type DescriptorDiff = components['schemas']['DescriptorDiff'];
export type DescriptorDto = components['schemas']['DescriptorDto'];
export type Diagnosis = components['schemas']['Diagnosis'];
export type HealthDatum = components['schemas']['HealthDatum'];
export type HttpHeaderDto = components['schemas']['HttpHeaderDto'];
export type LogEntry = components['schemas']['LogEntry'];
export type Problem = components['schemas']['Problem'];
export type PullSecretDto = components['schemas']['PullSecretDto'];
export type RolledBack = components['schemas']['RolledBack'];
export type Variable = components['schemas']['Variable'];
export type VariableDto = components['schemas']['VariableDto'];
export type Verdict = components['schemas']['Verdict'];
export type Version = components['schemas']['Version'];
export type WebhookDto = components['schemas']['WebhookDto'];
export type WhoAmI = components['schemas']['WhoAmI'];
export type $defs = Record<string, never>;
export interface operations {
  listDescriptors: {
    parameters: {
      query: {
        /** @description Kubernetes namespace */
        namespace: string;
        /** @description Only those of this app */
        appname?: string;
        /** @description At most so many */
        limit?: number;
        /** @description Where the page before ended: from its Link header */
        continue?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The descriptors */
      200: {
        headers: {
          /** @description rel="next": the next page */
          Link?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Descriptor'][];
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  createDescriptor: {
    parameters: {
      query: {
        /** @description Kubernetes namespace */
        namespace: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['DescriptorDto'];
      };
    };
    responses: {
      /** @description The descriptor as stored */
      201: {
        headers: {
          /** @description The descriptor */
          Location?: string;
          /** @description Its revision */
          ETag?: string;
          /** @description One for each thing that is accepted but cannot work as asked */
          Warning?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Descriptor'];
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description POLICY_VIOLATION, FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description QUOTA_EXCEEDED */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_LARGE */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNSUPPORTED_MEDIA_TYPE */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_MANY_REQUESTS */
      429: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  deleteDescriptors: {
    parameters: {
      query: {
        /** @description Kubernetes namespace */
        namespace: string;
        /** @description The app whose descriptors are deleted */
        appname: string;
        /** @description Keeps the newest one */
        keepLatest?: boolean;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The ids of what was deleted */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            deleted: string[];
          };
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_MANY_REQUESTS */
      429: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  validateDescriptor: {
    parameters: {
      query?: {
        /** @description Kubernetes namespace */
        namespace?: string;
        /** @description Also asks the API server (a dry run); needs namespace */
        cluster?: boolean;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['DescriptorDto'];
      };
    };
    responses: {
      /** @description The verdict */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Verdict'];
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_LARGE */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNSUPPORTED_MEDIA_TYPE */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_MANY_REQUESTS */
      429: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getDescriptor: {
    parameters: {
      query: {
        /** @description Kubernetes namespace */
        namespace: string;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The descriptor */
      200: {
        headers: {
          /** @description Its revision */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Descriptor'];
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description NOT_FOUND */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  replaceDescriptor: {
    parameters: {
      query: {
        /** @description Kubernetes namespace */
        namespace: string;
      };
      header?: {
        /** @description ETag that the descriptor must still have */
        'If-Match'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['DescriptorDto'];
      };
    };
    responses: {
      /** @description Replaced */
      204: {
        headers: {
          /** @description Its new revision */
          ETag?: string;
          /** @description One for each thing that is accepted but cannot work as asked */
          Warning?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description POLICY_VIOLATION, FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description NOT_FOUND */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description PRECONDITION_FAILED */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_LARGE */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNSUPPORTED_MEDIA_TYPE */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_MANY_REQUESTS */
      429: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  deleteDescriptor: {
    parameters: {
      query: {
        /** @description Kubernetes namespace */
        namespace: string;
      };
      header?: {
        /** @description ETag that the descriptor must still have */
        'If-Match'?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Deleted */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description NOT_FOUND */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description PRECONDITION_FAILED */
      412: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_MANY_REQUESTS */
      429: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  diffDescriptor: {
    parameters: {
      query: {
        /** @description Kubernetes namespace */
        namespace: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['DescriptorDto'];
      };
    };
    responses: {
      /** @description The difference */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['DescriptorDiff'];
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description POLICY_VIOLATION, FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_LARGE */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNSUPPORTED_MEDIA_TYPE */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_MANY_REQUESTS */
      429: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listDeployments: {
    parameters: {
      query: {
        /** @description Kubernetes namespace */
        namespace: string;
        /** @description Only those of this app */
        appname?: string;
        /** @description At most so many */
        limit?: number;
        /** @description Where the page before ended: from its Link header */
        continue?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The deployments */
      200: {
        headers: {
          /** @description rel="next": the next page */
          Link?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Deployment'][];
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  deploy: {
    parameters: {
      query: {
        /** @description Kubernetes namespace */
        namespace: string;
        /** @description The descriptor to deploy */
        descriptorId: string;
      };
      header?: {
        /** @description Makes it safe to send the request again */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: {
      content: {
        'application/json': components['schemas']['AcceptDto'];
      };
    };
    responses: {
      /** @description Accepted */
      202: {
        headers: {
          /** @description The deployment */
          Location?: string;
          /** @description One for each thing that is accepted but cannot work as asked */
          Warning?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Deployment'];
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description POLICY_VIOLATION, FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description NOT_FOUND */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description HOST_TAKEN, NAME_TAKEN, CONFLICT */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_LARGE */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNSUPPORTED_MEDIA_TYPE */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description IDEMPOTENCY_KEY_REUSED */
      422: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_MANY_REQUESTS */
      429: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  clearDeployments: {
    parameters: {
      query: {
        /** @description Kubernetes namespace */
        namespace: string;
        /** @description The app whose history is deleted */
        appname: string;
        /** @description Also undeploys the live deployment */
        undeploy?: boolean;
        /** @description Deletes record, logs and health data when everything else is done */
        deleteDeployment?: boolean;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description What was deleted and what is being undeployed */
      202: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['ClearedDeployments'];
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description SWITCH_IN_PROGRESS */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_MANY_REQUESTS */
      429: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getDeployment: {
    parameters: {
      query: {
        /** @description Kubernetes namespace */
        namespace: string;
        /** @description Answers when status or phase has changed, at once when the status is an end, or when this time is over */
        wait?: string;
        /** @description With wait: waits on until the status is an end (deployed) or nothing more will happen (settled) */
        until?: 'deployed' | 'settled';
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The deployment */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Deployment'];
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description NOT_FOUND */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  redeploy: {
    parameters: {
      query: {
        /** @description Kubernetes namespace */
        namespace: string;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Accepted */
      202: {
        headers: {
          /** @description The new deployment */
          Location?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Deployment'];
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description POLICY_VIOLATION, FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description NOT_FOUND */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description HOST_TAKEN, NAME_TAKEN, CONFLICT */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_MANY_REQUESTS */
      429: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  removeDeployment: {
    parameters: {
      query: {
        /** @description Kubernetes namespace */
        namespace: string;
        /** @description Deletes record, logs and health data when everything else is done */
        deleteDeployment?: boolean;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Accepted */
      202: {
        headers: {
          /** @description The deployment */
          Location?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description NOT_FOUND */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description SWITCH_IN_PROGRESS */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_MANY_REQUESTS */
      429: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getLog: {
    parameters: {
      query: {
        /** @description Kubernetes namespace */
        namespace: string;
        /** @description Goes on with new lines as they come, until the outcome */
        follow?: boolean;
        /** @description Only entries after the one with this number */
        after?: number;
        /** @description With follow: ends at the outcome (deployed, the default) or when nothing more will happen (settled) */
        until?: 'deployed' | 'settled';
      };
      header?: {
        /** @description application/json for entries with numbers */
        Accept?: string;
      };
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The log */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['LogEntry'][];
          'text/plain': string;
          'application/x-ndjson': string;
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description NOT_FOUND */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getHealthCheckData: {
    parameters: {
      query: {
        /** @description Kubernetes namespace */
        namespace: string;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One for each pod that was checked */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['HealthDatum'][];
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description NOT_FOUND */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  promote: {
    parameters: {
      query: {
        /** @description Kubernetes namespace */
        namespace: string;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Accepted */
      202: {
        headers: {
          /** @description The deployment */
          Location?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Deployment'];
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description NOT_FOUND */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description NOT_WAITING */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_MANY_REQUESTS */
      429: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  abort: {
    parameters: {
      query: {
        /** @description Kubernetes namespace */
        namespace: string;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Accepted */
      202: {
        headers: {
          /** @description The deployment */
          Location?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Deployment'];
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description NOT_FOUND */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description NOT_WAITING, SWITCH_IN_PROGRESS */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_MANY_REQUESTS */
      429: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  rollback: {
    parameters: {
      query: {
        /** @description Kubernetes namespace */
        namespace: string;
      };
      header?: never;
      path: {
        id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Accepted */
      202: {
        headers: {
          /** @description The new deployment */
          Location?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['RolledBack'];
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description POLICY_VIOLATION, FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description NOT_FOUND */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description NOT_LIVE, NO_PREVIOUS, SWITCH_IN_PROGRESS, HOST_TAKEN, NAME_TAKEN, CONFLICT */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_MANY_REQUESTS */
      429: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listApps: {
    parameters: {
      query?: {
        /** @description Kubernetes namespace */
        namespace?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The apps, by namespace and name */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AppSummary'][];
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getApp: {
    parameters: {
      query: {
        /** @description Kubernetes namespace */
        namespace: string;
        /** @description The revision that the reader has: with wait, the answer comes when there is another */
        after?: string;
        /** @description With after: how long the answer may take */
        wait?: string;
      };
      header?: never;
      path: {
        appName: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The app */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AppDetail'];
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description NOT_FOUND */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  adoptApp: {
    parameters: {
      query: {
        /** @description Kubernetes namespace */
        namespace: string;
        /** @description Only says what would be done */
        dryRun?: boolean;
      };
      header?: never;
      path: {
        appName: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description What was, or would be, taken over */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Adoption'];
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description POLICY_VIOLATION, FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description NOT_FOUND */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description QUOTA_EXCEEDED, CONFLICT, HOST_TAKEN, NAME_TAKEN */
      409: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_MANY_REQUESTS */
      429: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listEnvironment: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The variables, by name */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Variable'][];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getVariable: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The variable */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Variable'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description NOT_FOUND */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  setVariable: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        'application/json': components['schemas']['VariableDto'];
      };
    };
    responses: {
      /** @description Set */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_LARGE */
      413: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNSUPPORTED_MEDIA_TYPE */
      415: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_MANY_REQUESTS */
      429: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  deleteVariable: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Deleted */
      204: {
        headers: {
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description NOT_FOUND */
      404: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description TOO_MANY_REQUESTS */
      429: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  listAudit: {
    parameters: {
      query?: {
        /** @description Kubernetes namespace */
        namespace?: string;
        /** @description Only what this principal did */
        principal?: string;
        /** @description Only what was done to this app */
        appname?: string;
        /** @description At most so many */
        limit?: number;
        /** @description Where the page before ended: from its Link header */
        continue?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The records */
      200: {
        headers: {
          /** @description rel="next": the next page */
          Link?: string;
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['AuditRecord'][];
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  whoAmI: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The caller */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['WhoAmI'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  diagnose: {
    parameters: {
      query?: {
        /** @description Kubernetes namespace */
        namespace?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description One line for each thing */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Diagnosis'];
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAUTHENTICATED */
      401: {
        headers: {
          /** @description How to authenticate */
          'WWW-Authenticate'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description FORBIDDEN */
      403: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description INTERNAL */
      500: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description UNAVAILABLE */
      503: {
        headers: {
          /** @description Seconds until another try makes sense */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  live: {
    parameters: {
      query?: {
        /** @description One line per check */
        verbose?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description It does */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/plain': string;
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  ready: {
    parameters: {
      query?: {
        /** @description One line per check */
        verbose?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description It can */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/plain': string;
        };
      };
      /** @description INVALID */
      400: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description It cannot; the lines say why */
      503: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/plain': string;
        };
      };
    };
  };
  metrics: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description The metrics */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'text/plain': string;
        };
      };
    };
  };
  version: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description Version, commit and Node.js version */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': components['schemas']['Version'];
        };
      };
    };
  };
  document: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description OpenAPI 3.1 */
      200: {
        headers: {
          [name: string]: unknown;
        };
        content: {
          'application/json': {
            [key: string]: unknown;
          };
        };
      };
    };
  };
}
type WithRequired<T, K extends keyof T> = T & {
  [P in K]-?: T[P];
};
