/** The way in: every field of a descriptor, its type and its range. Fields that depend on each other are in rules.ts. */

import 'reflect-metadata';
import { JSONSchema } from 'class-validator-jsonschema';
import { BooleanField, ChoiceField, IntegerField, ListField, ObjectField, TextField } from '../http/index.ts';

const stringMap = { type: 'object', additionalProperties: { type: 'string' } };

export class WebhookDto {
  @TextField({ required: true, maxLength: 253, description: 'Identifier of the webhook', example: '5f0c1a' })
  key!: string;

  @TextField({ minLength: 0, maxLength: 1000, description: 'For your own use' })
  description?: string;
}

export class HttpHeaderDto {
  @TextField({ required: true, maxLength: 100, description: 'Name of the header', example: 'X-TEST' })
  Header!: string;

  @TextField({ required: true, maxLength: 1000, description: 'Its value, visible ASCII', example: 'some http header test' })
  Value!: string;
}

export class PullSecretDto {
  @TextField({ required: true, maxLength: 253, description: 'Name of the secret that holds the credentials', example: 'registry' })
  name!: string;
}

/** What Teal reads of a pod spec is checked in rules.ts; the rest passes through untouched. */
const podSpecSchema = {
  type: 'object',
  description: 'A Kubernetes v1 PodSpec, passed through untouched',
  required: ['containers'],
  additionalProperties: true,
  properties: {
    containers: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['name', 'image'],
        additionalProperties: true,
        properties: { name: { type: 'string' }, image: { type: 'string' } },
      },
    },
  },
};

@JSONSchema({
  description: 'What to run and how. `id`, `created` and `lastModified` are set by the server; what a client sends for them is ignored.',
})
export class DescriptorDto {
  @TextField({ maxLength: 63, description: 'Kubernetes namespace; absent = that of the query', example: 'default' })
  namespace?: string;

  @TextField({ required: true, maxLength: 63, description: 'Name of the app: a DNS-1035 label', example: 'my-app' })
  appName!: string;

  @TextField({
    required: true,
    maxLength: 63,
    description: '`#` = the next number at each deployment; otherwise a Kubernetes label value',
    example: '#',
  })
  newVersion!: string;

  @ListField({ of: WebhookDto, maxItems: 50, description: 'Identifiers for automated redeployments' })
  webhooks?: WebhookDto[];

  @ChoiceField({ choices: ['blue-green'], default: 'blue-green', description: 'Rollout strategy' })
  deploymentType?: 'blue-green';

  @IntegerField({ min: 1, max: 10_000, default: 1, description: 'Number of pods; the server may set a lower maximum' })
  replicas?: number;

  @TextField({
    maxLength: 253,
    description: 'Host name under which the app is reached; without it no Ingress is made',
    example: 'example.com',
  })
  frontend?: string;

  @BooleanField({ default: false, description: 'Redirects the `www` subdomain to the frontend' })
  redirectWww?: boolean;

  @BooleanField({ default: false, description: 'gzip at the proxy' })
  useCompression?: boolean;

  @BooleanField({ default: false, description: 'Keeps a client on one pod by a cookie' })
  useStickySessions?: boolean;

  @TextField({ maxLength: 253, description: 'Secret with the certificate of the frontend' })
  tlsSecretName?: string;

  @ListField({ of: HttpHeaderDto, maxItems: 50, description: 'Headers that the proxy sets on every response' })
  additionHttpHeaders?: HttpHeaderDto[];

  @BooleanField({ default: false, description: 'Whether the app has a health check' })
  useHealthCheck?: boolean;

  @IntegerField({
    min: 1,
    max: 65_535,
    description: 'Absent = 9999 without container ports, the only one, or the one named `healthcheck`',
    example: 9999,
  })
  healthCheckPort?: number;

  @TextField({ maxLength: 1000, description: 'Required with useHealthCheck', example: 'health' })
  healthCheckPath?: string;

  @ChoiceField({
    choices: ['probe', 'simple'],
    description: 'Required with useHealthCheck. probe: JSON with `"healthy": true`; simple: any 2xx',
  })
  healthCheckType?: 'probe' | 'simple';

  @BooleanField({ default: false, description: 'Deploys without asking the health check' })
  ignoreHealthCheck?: boolean;

  @ListField({ of: PullSecretDto, maxItems: 50, description: 'Secrets for private registries, added to those of the pod spec' })
  imagePullSecrets?: PullSecretDto[];

  @ObjectField({
    schema: stringMap,
    description: 'Environment of all containers; a container’s own env wins',
    example: { LOG_LEVEL: 'info' },
  })
  environment?: Record<string, string>;

  @IntegerField({ min: 1, max: 86_400, description: 'Seconds until all pods must be healthy' })
  timeoutSeconds?: number;

  @IntegerField({ min: 0, max: 3600, description: 'Seconds that the new version is watched after the switch before it counts' })
  confirmSeconds?: number;

  @IntegerField({ min: 0, max: 86_400, description: 'Seconds that the old version keeps running' })
  drainSeconds?: number;

  @ChoiceField({ choices: ['versioned', 'stable-service'], description: 'How traffic is switched; absent = the server’s setting' })
  routing?: 'versioned' | 'stable-service';

  @ChoiceField({ choices: ['auto', 'manual'], default: 'auto', description: 'manual: the healthy version waits for promote or abort' })
  promotion?: 'auto' | 'manual';

  @IntegerField({ min: 1, max: 86_400, description: 'Seconds that the healthy version waits before the switch' })
  promotionSeconds?: number;

  @BooleanField({ default: true, description: 'Moves traffic back when the new version dies while the old one still runs' })
  autoRollback?: boolean;

  @BooleanField({ default: false, description: 'Adds a preStop pause to containers without one' })
  injectPreStop?: boolean;

  @ObjectField({ schema: stringMap, description: 'Extra labels of the pods' })
  labels?: Record<string, string>;

  @ObjectField({ schema: stringMap, description: 'Extra annotations of the pods' })
  annotations?: Record<string, string>;

  @ObjectField({ required: true, schema: podSpecSchema, description: 'A Kubernetes v1 PodSpec, passed through untouched' })
  podspec!: object;
}
