/** One descriptor, two ways of writing it, and what the server says about it. */

import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Notice } from '../parts/small.tsx';
import { call, messageOf, Refusal } from '../server/call.ts';
import type { Descriptor, Fault, Verdict } from '../server/shapes.ts';
import { isShownAtField } from './fields.ts';
import { Form } from './form.tsx';
import { YamlField } from './yaml-field.tsx';
import { readYaml, yamlOf } from './yaml-text.ts';

export interface Save {
  label: string;
  primary?: boolean;
  run(descriptor: Descriptor): Promise<void>;
}

interface Props {
  namespace: string;
  initial: Descriptor;
  isNew: boolean;
  readOnly: boolean;
  saves: Save[];
}

/** Asked when somebody has stopped typing. */
const restMs = 350;

export function Editor({ namespace, initial, isNew, readOnly, saves }: Props): JSX.Element {
  const [descriptor, setDescriptor] = useState(initial);
  const [way, setWay] = useState<'form' | 'yaml'>('form');
  const [text, setText] = useState(() => yamlOf(initial));
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Refusal | undefined>(undefined);
  const verdict = useVerdict(namespace, descriptor, readOnly);
  const read = way === 'yaml' ? readYaml(text) : undefined;
  const unreadable = read !== undefined && !read.ok;
  const faults = unreadable ? [] : (verdict?.errors ?? []);
  const untouched = descriptor === initial;

  function write(next: string) {
    setText(next);
    const parsed = readYaml(next);
    if (parsed.ok) setDescriptor(parsed.value as unknown as Descriptor);
  }

  async function save({ run }: Save) {
    setBusy(true);
    setTrouble(undefined);
    try {
      await run(descriptor);
    } catch (error) {
      setTrouble(error instanceof Refusal ? error : new Refusal(0, '', messageOf(error)));
    }
    setBusy(false);
  }

  return (
    <section class="editor" aria-label="Descriptor">
      <div class="segmented" role="group" aria-label="Write it as">
        {(['form', 'yaml'] as const).map(each => (
          <button
            key={each}
            type="button"
            aria-pressed={way === each}
            disabled={each === 'form' && unreadable}
            onClick={() => {
              if (each === 'yaml' && way === 'form') setText(yamlOf(descriptor));
              setWay(each);
            }}
          >
            {each === 'form' ? 'Form' : 'YAML'}
          </button>
        ))}
      </div>
      {way === 'form' ? (
        <Form descriptor={descriptor} faults={faults} readOnly={readOnly} isNew={isNew} onChange={setDescriptor} />
      ) : (
        <YamlField text={text} read={read} faults={faults} readOnly={readOnly} onChange={write} />
      )}
      <Verdicts faults={faults} verdict={verdict} form={way === 'form'} containers={containersIn(descriptor)} />
      {trouble && (
        <Notice tone="bad" title={trouble.message}>
          {trouble.faults.length > 0 && <FaultList faults={trouble.faults} />}
        </Notice>
      )}
      {!readOnly && (
        <div class="editor-acts">
          {saves.map(each => (
            <button
              key={each.label}
              type="button"
              class={`act ${each.primary ? 'primary' : 'plain'}`}
              disabled={busy || unreadable || (verdict !== undefined && !verdict.valid) || (untouched && !each.primary)}
              onClick={() => void save(each)}
            >
              {each.label}
            </button>
          ))}
          <span class="note" role="status">
            {unreadable
              ? 'The YAML cannot be read'
              : verdict === undefined
                ? 'Checking …'
                : verdict.valid
                  ? 'The server takes this'
                  : `${faults.length} to mend`}
          </span>
        </div>
      )}
    </section>
  );
}

const containersIn = (descriptor: Descriptor): number =>
  Array.isArray(descriptor.podspec?.containers) ? descriptor.podspec.containers.length : 0;

const FaultList = ({ faults }: { faults: Fault[] }): JSX.Element => (
  <ul>
    {faults.map(({ pointer, message }) => (
      <li key={pointer + message}>
        <code>{pointer}</code> {message}
      </li>
    ))}
  </ul>
);

/** What no field of the form can show beside itself, and warnings. */
function Verdicts({
  faults,
  verdict,
  form,
  containers,
}: {
  faults: Fault[];
  verdict: Verdict | undefined;
  form: boolean;
  containers: number;
}): JSX.Element | null {
  const homeless = form ? faults.filter(({ pointer }) => !isShownAtField(pointer, containers)) : [];
  const warnings = verdict?.warnings ?? [];
  return (
    <>
      {homeless.length > 0 && (
        <Notice tone="bad" title="To mend in the YAML">
          <FaultList faults={homeless} />
        </Notice>
      )}
      {warnings.map(warning => (
        <Notice key={warning} tone="warn">
          {warning}
        </Notice>
      ))}
    </>
  );
}

/** The newest verdict; the one before stays until it is there. */
function useVerdict(namespace: string, descriptor: Descriptor, off: boolean): Verdict | undefined {
  const [verdict, setVerdict] = useState<Verdict | undefined>(undefined);
  const first = useRef(true);
  useEffect(() => {
    if (off) return;
    const stopping = new AbortController();
    const wait = first.current ? 0 : restMs;
    first.current = false;
    const timer = setTimeout(() => {
      const { id: _id, created: _created, lastModified: _modified, ...body } = descriptor;
      call<Verdict>('descriptors/validate', {
        method: 'POST',
        query: { namespace: namespace || undefined },
        body,
        signal: stopping.signal,
      }).then(setVerdict, (error: unknown) => {
        // A body that is refused as a whole has its faults too.
        if (error instanceof Refusal && error.status > 0)
          setVerdict({
            valid: false,
            errors: error.faults.length > 0 ? error.faults : [{ pointer: '', message: error.message }],
            warnings: [],
          });
      });
    }, wait);
    return () => {
      clearTimeout(timer);
      stopping.abort();
    };
  }, [namespace, descriptor, off]);
  return verdict;
}
