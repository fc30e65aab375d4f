/** The descriptor as a form. A fault stands at its field, and the field says so to screen readers too. */

import type { ComponentChildren, JSX } from 'preact';
import type { Descriptor, Fault } from '../server/shapes.ts';
import { Containers } from './containers.tsx';
import { groups, type FieldDefinition } from './fields.ts';
import { MapRows } from './map-rows.tsx';
import { valueAt, withValue } from './pointer.ts';

export interface FormProps {
  descriptor: Descriptor;
  faults: Fault[];
  readOnly: boolean;
  onChange(descriptor: Descriptor): void;
}

export function Form(props: FormProps & { isNew: boolean }): JSX.Element {
  const { descriptor, readOnly, isNew } = props;
  return (
    <fieldset class="form" disabled={readOnly}>
      {groups.slice(0, 1).map(group => (
        <Group key={group.title} title={group.title}>
          {group.fields.map(field => (
            <Field key={field.pointer} {...props} field={field} fixed={field.fixedLater === true && !isNew} />
          ))}
        </Group>
      ))}
      <Containers {...props} />
      {groups.slice(1).map(group => (
        <Group key={group.title} title={group.title}>
          {group.fields
            .filter(({ when }) => when === undefined || valueAt(descriptor, when) === true)
            .map(field => (
              <Field key={field.pointer} {...props} field={field} fixed={false} />
            ))}
        </Group>
      ))}
      <p class="note">Everything else of the descriptor is kept as it is; the YAML shows it.</p>
    </fieldset>
  );
}

const Group = ({ title, children }: { title: string; children: ComponentChildren }): JSX.Element => (
  <fieldset class="group">
    <legend>{title}</legend>
    <div class="group-fields">{children}</div>
  </fieldset>
);

function Field({ descriptor, faults, onChange, field, fixed }: FormProps & { field: FieldDefinition; fixed: boolean }): JSX.Element {
  const { pointer, kind, choices, standard, required } = field;
  const value = valueAt(descriptor, pointer);
  const change = (next: unknown) => onChange(withValue(descriptor, pointer, next));
  const mine = faultAt(faults, pointer);
  const common = { id: idOf(pointer), 'aria-invalid': mine !== undefined, 'aria-describedby': describedBy(pointer, mine, field.note) };
  switch (kind) {
    case 'switch':
      return (
        <Labelled {...field} fault={mine} inline>
          <input {...common} type="checkbox" checked={value === true} onChange={event => change(event.currentTarget.checked)} />
        </Labelled>
      );
    case 'choice':
      return (
        <Labelled {...field} fault={mine}>
          <select
            {...common}
            value={typeof value === 'string' ? value : ''}
            onChange={({ currentTarget }) => change(currentTarget.value === '' ? undefined : currentTarget.value)}
          >
            <option value="">{"the server's choice"}</option>
            {choices?.map(choice => (
              <option key={choice.value} value={choice.value}>
                {choice.label}
              </option>
            ))}
          </select>
        </Labelled>
      );
    case 'map':
      return <MapRows pointer={pointer} label={field.label} value={value} faults={faults} onChange={change} />;
    default:
      return (
        <Labelled {...field} fault={mine}>
          <input
            {...common}
            type="text"
            inputMode={kind === 'number' ? 'numeric' : 'text'}
            value={typeof value === 'string' || typeof value === 'number' ? String(value) : ''}
            placeholder={standard}
            required={required}
            disabled={fixed}
            spellcheck={false}
            autocapitalize="off"
            onInput={({ currentTarget }) => change(typed(currentTarget.value, kind === 'number'))}
          />
        </Labelled>
      );
  }
}

/** An empty field is not there. What should be a number and is none goes to the server, which says what is wrong with it. */
function typed(text: string, number: boolean): string | number | undefined {
  if (text === '') return undefined;
  return number && /^-?\d+$/.test(text.trim()) ? Number(text) : text;
}

export const idOf = (pointer: string): string => `field${pointer.replaceAll('/', '-')}`;

export const faultAt = (faults: readonly Fault[], pointer: string, deep = false): string | undefined =>
  faults.find(fault => fault.pointer === pointer || (deep && fault.pointer.startsWith(`${pointer}/`)))?.message;

export const describedBy = (pointer: string, fault: string | undefined, note?: string): string | undefined =>
  [...(fault === undefined ? [] : [`${idOf(pointer)}-fault`]), ...(note === undefined ? [] : [`${idOf(pointer)}-note`])].join(' ') ||
  undefined;

interface LabelledProps {
  pointer: string;
  label: string;
  note?: string;
  required?: boolean;
  fault: string | undefined;
  inline?: boolean;
  children: ComponentChildren;
}

/** A field with its name, its explanation and its fault. */
export const Labelled = ({ pointer, label, note, required, fault, inline = false, children }: LabelledProps): JSX.Element => (
  <div class={`field${inline ? ' inline' : ''}${fault === undefined ? '' : ' wrong'}`}>
    <label for={idOf(pointer)}>
      {label}
      {required && <span aria-hidden="true"> *</span>}
    </label>
    {children}
    {note !== undefined && (
      <span class="note" id={`${idOf(pointer)}-note`}>
        {note}
      </span>
    )}
    {fault !== undefined && (
      <span class="fault" id={`${idOf(pointer)}-fault`}>
        {fault}
      </span>
    )}
  </div>
);
