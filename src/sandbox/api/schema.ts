/** A short schema of the kinds that matter: drops fields that Kubernetes does not know, finds values of a wrong type. */

type Schema = { readonly [field: string]: Type };
type Type = 'string' | 'integer' | 'boolean' | 'any' | 'map' | readonly [Type] | Schema;

const strings = ['string'] as const;
const metadata: Schema = {
  name: 'string',
  generateName: 'string',
  namespace: 'string',
  uid: 'string',
  resourceVersion: 'string',
  generation: 'integer',
  creationTimestamp: 'any',
  deletionTimestamp: 'any',
  deletionGracePeriodSeconds: 'integer',
  labels: 'map',
  annotations: 'map',
  finalizers: strings,
  ownerReferences: 'any',
  managedFields: 'any',
  selfLink: 'string',
};

const probe: Schema = {
  httpGet: { path: 'string', port: 'any', host: 'string', scheme: 'string', httpHeaders: 'any' },
  tcpSocket: 'any',
  exec: 'any',
  grpc: 'any',
  initialDelaySeconds: 'integer',
  timeoutSeconds: 'integer',
  periodSeconds: 'integer',
  successThreshold: 'integer',
  failureThreshold: 'integer',
  terminationGracePeriodSeconds: 'integer',
};

const container: Schema = {
  name: 'string',
  image: 'string',
  command: strings,
  args: strings,
  workingDir: 'string',
  ports: [{ name: 'string', hostPort: 'integer', containerPort: 'integer', protocol: 'string', hostIP: 'string' }],
  envFrom: 'any',
  env: [{ name: 'string', value: 'string', valueFrom: 'any' }],
  resources: 'any',
  resizePolicy: 'any',
  restartPolicy: 'string',
  restartPolicyRules: 'any',
  volumeMounts: 'any',
  volumeDevices: 'any',
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  lifecycle: 'any',
  terminationMessagePath: 'string',
  terminationMessagePolicy: 'string',
  imagePullPolicy: 'string',
  securityContext: 'any',
  stdin: 'boolean',
  stdinOnce: 'boolean',
  tty: 'boolean',
};

const podSpec: Schema = {
  volumes: 'any',
  initContainers: [container],
  containers: [container],
  ephemeralContainers: 'any',
  restartPolicy: 'string',
  terminationGracePeriodSeconds: 'integer',
  activeDeadlineSeconds: 'integer',
  dnsPolicy: 'string',
  nodeSelector: 'map',
  serviceAccountName: 'string',
  serviceAccount: 'string',
  automountServiceAccountToken: 'boolean',
  nodeName: 'string',
  hostNetwork: 'boolean',
  hostPID: 'boolean',
  hostIPC: 'boolean',
  shareProcessNamespace: 'boolean',
  securityContext: 'any',
  imagePullSecrets: [{ name: 'string' }],
  hostname: 'string',
  subdomain: 'string',
  affinity: 'any',
  schedulerName: 'string',
  tolerations: 'any',
  hostAliases: 'any',
  priorityClassName: 'string',
  priority: 'integer',
  dnsConfig: 'any',
  readinessGates: 'any',
  runtimeClassName: 'string',
  enableServiceLinks: 'boolean',
  preemptionPolicy: 'string',
  overhead: 'any',
  topologySpreadConstraints: 'any',
  setHostnameAsFQDN: 'boolean',
  os: 'any',
  hostUsers: 'boolean',
  schedulingGates: 'any',
  resourceClaims: 'any',
  resources: 'any',
  hostnameOverride: 'string',
};

const backend: Schema = { service: { name: 'string', port: { name: 'string', number: 'integer' } }, resource: 'any' };
const top = { apiVersion: 'string', kind: 'string', metadata } as const;

const kinds: Record<string, Schema> = {
  Pod: { ...top, spec: podSpec, status: 'any' },
  ReplicationController: {
    ...top,
    spec: { replicas: 'integer', minReadySeconds: 'integer', selector: 'map', template: { ...top, spec: podSpec } },
    status: 'any',
  },
  Service: {
    ...top,
    spec: {
      ports: [{ name: 'string', protocol: 'string', appProtocol: 'string', port: 'integer', targetPort: 'any', nodePort: 'integer' }],
      selector: 'map',
      clusterIP: 'string',
      clusterIPs: strings,
      type: 'string',
      externalIPs: strings,
      sessionAffinity: 'string',
      loadBalancerIP: 'string',
      loadBalancerSourceRanges: strings,
      externalName: 'string',
      externalTrafficPolicy: 'string',
      healthCheckNodePort: 'integer',
      publishNotReadyAddresses: 'boolean',
      sessionAffinityConfig: 'any',
      ipFamilies: strings,
      ipFamilyPolicy: 'string',
      allocateLoadBalancerNodePorts: 'boolean',
      loadBalancerClass: 'string',
      internalTrafficPolicy: 'string',
      trafficDistribution: 'string',
    },
    status: 'any',
  },
  Ingress: {
    ...top,
    spec: {
      ingressClassName: 'string',
      defaultBackend: backend,
      tls: [{ hosts: strings, secretName: 'string' }],
      rules: [{ host: 'string', http: { paths: [{ path: 'string', pathType: 'string', backend }] } }],
    },
    status: 'any',
  },
  ConfigMap: { ...top, data: 'map', binaryData: 'map', immutable: 'boolean' },
  Secret: { ...top, data: 'map', stringData: 'map', type: 'string', immutable: 'boolean' },
  Namespace: { ...top, spec: { finalizers: strings }, status: 'any' },
};

export interface SchemaFindings {
  /** For example `unknown field "spec.repl"`. */
  unknown: string[];
  /** The first value of a wrong type, for example `string into Go struct field spec.replicas of type integer`. */
  wrongType: string | undefined;
}

/** Takes the unknown fields out of `value`. */
export function dropUnknown(kind: string, value: unknown): SchemaFindings {
  const findings: SchemaFindings = { unknown: [], wrongType: undefined };
  const schema = kinds[kind];
  if (schema) inspect(schema, value, '', findings);
  return findings;
}

const typeName = (value: unknown) =>
  Array.isArray(value) ? 'array' : value !== null && typeof value === 'object' ? 'object' : typeof value;

function inspect(type: Type, value: unknown, path: string, findings: SchemaFindings): void {
  if (value === null || value === undefined || type === 'any') return;
  const wrong = (wanted: string) => {
    findings.wrongType ??= `${typeName(value)} into Go struct field ${path} of type ${wanted}`;
  };
  if (typeof type === 'string') {
    if (type === 'integer' ? !Number.isInteger(value) : type === 'map' ? !isStringMap(value) : typeof value !== type)
      wrong(type === 'map' ? 'map[string]string' : type);
    return;
  }
  if (Array.isArray(type)) {
    if (!Array.isArray(value)) wrong('[]object');
    else value.forEach((item, index) => inspect((type as readonly [Type])[0], item, `${path}[${index}]`, findings));
    return;
  }
  if (typeName(value) !== 'object') {
    wrong('object');
    return;
  }
  for (const [field, item] of Object.entries(value)) {
    const at = path === '' ? field : `${path}.${field}`;
    const known = Object.hasOwn(type, field) ? (type as Schema)[field] : undefined;
    if (known === undefined) {
      findings.unknown.push(`unknown field ${JSON.stringify(at)}`);
      delete (value as Record<string, unknown>)[field];
    } else inspect(known, item, at, findings);
  }
}

const isStringMap = (value: unknown) =>
  typeName(value) === 'object' && Object.values(value as object).every(item => typeof item === 'string' || item === null);
