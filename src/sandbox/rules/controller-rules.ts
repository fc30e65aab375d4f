/** Defaults and rules of ReplicationControllers. */

import type { KubeObject } from '../../cluster/objects.ts';
import { badValue, required, unsupported, type Cause } from '../api/failure.ts';
import { picks } from '../api/selectors.ts';
import { annotationFaults, labelFaults } from './metadata-rules.ts';
import { podSpecDefaults, podSpecFaults } from './pod-rules.ts';

export function controllerDefaults(rc: KubeObject): void {
  const spec = (rc.spec ??= {});
  spec.replicas ??= 1;
  const labels = spec.template?.metadata?.labels;
  if (labels && Object.keys(labels).length > 0) {
    if (!spec.selector || Object.keys(spec.selector).length === 0) spec.selector = { ...labels };
    if (!rc.metadata.labels || Object.keys(rc.metadata.labels).length === 0) rc.metadata.labels = { ...labels };
  }
  if (spec.template) {
    spec.template.metadata ??= {};
    podSpecDefaults((spec.template.spec ??= {}));
  }
  rc.status ??= { replicas: 0 };
}

export function controllerFaults(rc: KubeObject): Cause[] {
  const { spec } = rc;
  const faults: Cause[] = [];
  if (!spec.selector || Object.keys(spec.selector).length === 0) faults.push(required('spec.selector'));
  if (spec.replicas < 0) faults.push(badValue('spec.replicas', spec.replicas, 'must be greater than or equal to 0'));
  if (!spec.template) return [...faults, required('spec.template')];
  const labels = spec.template.metadata.labels;
  if (spec.selector && !picks(spec.selector, labels)) {
    faults.push(badValue('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  faults.push(
    ...labelFaults(labels, 'spec.template.labels'),
    ...annotationFaults(spec.template.metadata.annotations, 'spec.template.annotations'),
    ...podSpecFaults(spec.template.spec, 'spec.template.spec'),
  );
  const { restartPolicy } = spec.template.spec;
  if (restartPolicy !== 'Always') faults.push(unsupported('spec.template.spec.restartPolicy', restartPolicy, ['Always']));
  return faults;
}
