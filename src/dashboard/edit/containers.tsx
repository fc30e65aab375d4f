/** The containers of the pod: name, image, ports, and variables of their own. */

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Act } from '../parts/small.tsx';
import type { Descriptor } from '../server/shapes.ts';
import { describedBy, faultAt, idOf, Labelled, type FormProps } from './form.tsx';
import { MapRows } from './map-rows.tsx';
import { withValue } from './pointer.ts';
import { portsOf, portsText, type Port } from './rows-text.ts';

type Container = Descriptor['podspec']['containers'][number];

export function Containers({ descriptor, faults, onChange, readOnly }: FormProps): JSX.Element {
  const containers: Container[] = Array.isArray(descriptor.podspec?.containers) ? descriptor.podspec.containers : [];
  const change = (pointer: string, value: unknown) => onChange(withValue(descriptor, pointer, value));
  return (
    <>
      {containers.map((container, index) => (
        <ContainerGroup
          key={index}
          container={container}
          pointer={`/podspec/containers/${index}`}
          only={containers.length === 1}
          faults={faults}
          onChange={change}
        />
      ))}
      {!readOnly && (
        <Act icon="plus" onClick={() => change('/podspec/containers', [...containers, { name: `side-${containers.length}`, image: '' }])}>
          Container
        </Act>
      )}
    </>
  );
}

interface GroupProps {
  container: Container;
  pointer: string;
  only: boolean;
  faults: FormProps['faults'];
  onChange(pointer: string, value: unknown): void;
}

function ContainerGroup({ container, pointer, only, faults, onChange }: GroupProps): JSX.Element {
  const [ports, setPorts] = useState(() => portsText(container['ports'] as Port[] | undefined));
  const variables = Array.isArray(container['env']) ? (container['env'] as { name: string; value?: string }[]) : [];
  const text = (name: string, label: string, value: string, onInput: (value: string) => void, note?: string) => {
    const at = `${pointer}/${name}`;
    const fault = faultAt(faults, at, name === 'ports');
    return (
      <Labelled pointer={at} label={label} fault={fault} {...(note === undefined ? {} : { note })}>
        <input
          id={idOf(at)}
          type="text"
          value={value}
          spellcheck={false}
          autocapitalize="off"
          aria-invalid={fault !== undefined}
          aria-describedby={describedBy(at, fault, note)}
          onInput={event => onInput(event.currentTarget.value)}
        />
      </Labelled>
    );
  };
  return (
    <fieldset class="group">
      <legend>Container {container.name}</legend>
      <div class="group-fields">
        {text('image', 'Image', container.image ?? '', value => onChange(`${pointer}/image`, value))}
        {text('name', 'Name', container.name ?? '', value => onChange(`${pointer}/name`, value))}
        {text(
          'ports',
          'Ports',
          ports,
          value => {
            setPorts(value);
            onChange(`${pointer}/ports`, portsOf(value, container['ports'] as Port[] | undefined));
          },
          'For example: http:8080, 9999',
        )}
        <div class="field whole">
          <span class="label">Variables</span>
          <MapRows
            pointer={`${pointer}/env`}
            label={`Variables of ${container.name}`}
            value={Object.fromEntries(variables.filter(({ value }) => value !== undefined).map(({ name, value }) => [name, value]))}
            faults={faults}
            onChange={map => onChange(`${pointer}/env`, withVariables(variables, map ?? {}))}
          />
        </div>
        {!only && (
          <Act kind="danger" onClick={() => onChange(pointer, undefined)}>
            Remove container {container.name}
          </Act>
        )}
      </div>
    </fieldset>
  );
}

/** Variables that take their value from elsewhere are not in the rows, and stay. */
function withVariables(
  before: { name: string; value?: string }[],
  map: Record<string, string>,
): { name: string; value?: string }[] | undefined {
  const others = before.filter(({ value }) => value === undefined);
  const variables = [...Object.entries(map).map(([name, value]) => ({ name, value })), ...others];
  return variables.length === 0 ? undefined : variables;
}
