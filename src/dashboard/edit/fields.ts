/** The fields of the form, in groups. What is not here is edited as YAML and passes through the form untouched. */

export type FieldKind = 'text' | 'number' | 'switch' | 'choice' | 'map';

export interface FieldDefinition {
  pointer: string;
  label: string;
  kind: FieldKind;
  note?: string;
  choices?: { value: string; label: string }[];
  /** What counts when nothing is said. */
  standard?: string;
  required?: boolean;
  /** Only for a new app. */
  fixedLater?: boolean;
  /** Shown when this place is true. */
  when?: string;
}

export interface FieldGroup {
  title: string;
  fields: FieldDefinition[];
}

const seconds = (pointer: string, label: string, note: string): FieldDefinition => ({
  pointer,
  label,
  kind: 'number',
  note,
  standard: "the server's setting",
});

export const groups: FieldGroup[] = [
  {
    title: 'App',
    fields: [
      { pointer: '/appName', label: 'Name', kind: 'text', required: true, fixedLater: true, note: 'Small letters, digits and dashes' },
      { pointer: '/newVersion', label: 'Version', kind: 'text', required: true, note: '# = the next number at each deployment' },
      { pointer: '/replicas', label: 'Pods', kind: 'number', standard: '1' },
      { pointer: '/frontend', label: 'Host name', kind: 'text', note: 'Under which the app is reached; empty = not from outside' },
    ],
  },
  {
    title: 'Health check',
    fields: [
      { pointer: '/useHealthCheck', label: 'The app has a health check', kind: 'switch' },
      { pointer: '/healthCheckPath', label: 'Path', kind: 'text', when: '/useHealthCheck', note: 'For example: health' },
      {
        pointer: '/healthCheckType',
        label: 'Kind',
        kind: 'choice',
        when: '/useHealthCheck',
        choices: [
          { value: 'probe', label: 'probe: JSON with "healthy": true' },
          { value: 'simple', label: 'simple: any 2xx' },
        ],
      },
      {
        pointer: '/healthCheckPort',
        label: 'Port',
        kind: 'number',
        when: '/useHealthCheck',
        standard: 'the only port, or the one named healthcheck',
      },
      { pointer: '/ignoreHealthCheck', label: 'Deploy without asking it', kind: 'switch', when: '/useHealthCheck' },
    ],
  },
  {
    title: 'Switch',
    fields: [
      {
        pointer: '/promotion',
        label: 'Promotion',
        kind: 'choice',
        choices: [
          { value: 'auto', label: 'as soon as it is healthy' },
          { value: 'manual', label: 'somebody promotes it' },
        ],
      },
      {
        pointer: '/routing',
        label: 'Routing',
        kind: 'choice',
        choices: [
          { value: 'versioned', label: 'versioned: the Ingress changes' },
          { value: 'stable-service', label: 'stable-service: only the Service changes' },
        ],
      },
      { pointer: '/promotionSeconds', label: 'Wait before the switch', kind: 'number', note: 'Seconds', standard: 'no wait' },
      seconds('/timeoutSeconds', 'Time to become healthy', 'Seconds; then the deployment has failed'),
      seconds('/confirmSeconds', 'Watch after the switch', 'Seconds; a failure moves the traffic back'),
      seconds('/drainSeconds', 'Keep the old version', 'Seconds; until then a roll back is one switch'),
    ],
  },
  {
    title: 'Environment of all containers',
    fields: [{ pointer: '/environment', label: 'Variables', kind: 'map' }],
  },
];

const containerFields = ['/name', '/image', '/ports', '/env'];

/** Whether a fault at this pointer is shown beside a field of the form. */
export function isShownAtField(pointer: string, containers: number): boolean {
  if (
    groups.some(group =>
      group.fields.some(field => pointer === field.pointer || (field.kind === 'map' && pointer.startsWith(`${field.pointer}/`))),
    )
  )
    return true;
  const found = /^\/podspec\/containers\/(\d+)(\/.*)$/.exec(pointer);
  return (
    found !== null &&
    Number(found[1]) < containers &&
    containerFields.some(field => found[2] === field || found[2]?.startsWith(`${field}/`))
  );
}
