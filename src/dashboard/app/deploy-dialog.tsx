/** Deploys the app's newest descriptor, with other images where wanted, after showing what that would change. */

import type { JSX } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import { say } from '../parts/announce.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { useLoaded } from '../parts/loaded.tsx';
import { Loading, Notice, To } from '../parts/small.tsx';
import { UnifiedDiff } from '../parts/unified-diff.tsx';
import { messageOf } from '../server/call.ts';
import type { AppDetail, Descriptor, PlannedChange } from '../server/shapes.ts';
import { appRoute } from '../state/route.ts';
import { deploy, newestDescriptor, plannedChange } from './deeds.ts';
import { withImages } from './images.ts';

interface Props {
  app: Pick<AppDetail, 'namespace' | 'appName' | 'serving'>;
  onClose: () => void;
}

export function DeployDialog({ app, onClose }: Props): JSX.Element {
  const { value: found, trouble } = useLoaded('descriptor', async signal => ({
    descriptor: await newestDescriptor(app.namespace, app.appName, signal),
  }));
  return (
    <Dialog title={`Deploy ${app.appName}`} onClose={onClose} wide>
      {trouble !== undefined && <Notice tone="bad">{trouble}</Notice>}
      {found === undefined && trouble === undefined && <Loading />}
      {found !== undefined && found.descriptor === undefined && (
        <Notice tone="warn">
          This app has no descriptor any more. <To route={appRoute(app, 'descriptor')}>Write one</To>, or deploy an old version again from
          its history.
        </Notice>
      )}
      {found?.descriptor ? (
        <DeployForm app={app} descriptor={found.descriptor} onClose={onClose} />
      ) : (
        <div class="dialog-acts">
          <button type="button" class="act plain" onClick={onClose}>
            Close
          </button>
        </div>
      )}
    </Dialog>
  );
}

function DeployForm({ app, descriptor, onClose }: Props & { descriptor: Descriptor }): JSX.Element {
  const [images, setImages] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  // One key for this dialog and what it asks for: a second press after a lost answer deploys nothing twice.
  const key = useRef({ for: '', key: '' });
  const changed = useMemo(() => withImages(descriptor, images), [descriptor, images]);

  async function run(event: Event) {
    event.preventDefault();
    setBusy(true);
    setTrouble(undefined);
    const asked = JSON.stringify(changed.images);
    if (key.current.for !== asked || key.current.key === '')
      key.current = { for: asked, key: `dashboard-${Date.now()}-${Math.random().toString(36).slice(2)}` };
    try {
      const deployment = await deploy(app.namespace, descriptor.id ?? '', changed.images, key.current.key);
      say(`Accepted as version ${deployment.version}`);
      onClose();
    } catch (error) {
      setTrouble(messageOf(error));
      setBusy(false);
    }
  }

  return (
    <form onSubmit={event => void run(event)}>
      <div class="dialog-body">
        {descriptor.podspec.containers.map(({ name, image }) => (
          <label class="field" key={name}>
            <span>
              Image of <code>{name}</code>
            </span>
            <input
              type="text"
              value={images[name] ?? image}
              spellcheck={false}
              autocapitalize="off"
              onInput={({ currentTarget: { value } }) => setImages(before => ({ ...before, [name]: value }))}
            />
          </label>
        ))}
        <p class="note">
          An image given here counts for this deployment only. <To route={appRoute(app, 'descriptor')}>Change the descriptor</To> to keep
          it.
        </p>
        <Planned namespace={app.namespace} descriptor={changed.descriptor} />
        <p>
          {app.serving
            ? `The new version starts beside version ${app.serving.version} and is checked; then all traffic moves to it.`
            : 'It is the first version: once its pods are healthy it is reachable.'}
        </p>
      </div>
      {trouble !== undefined && <Notice tone="bad">{trouble}</Notice>}
      <div class="dialog-acts">
        <button type="button" class="act plain" onClick={onClose}>
          Not now
        </button>
        <button type="submit" class="act primary" disabled={busy}>
          Deploy
        </button>
      </div>
    </form>
  );
}

const verbs: Record<PlannedChange['objects'][number]['action'], string> = {
  create: 'made',
  change: 'changed',
  remove: 'removed',
  keep: 'kept',
};

/** What the server says would change; read again when somebody has stopped typing. */
function Planned({ namespace, descriptor }: { namespace: string; descriptor: Descriptor }): JSX.Element {
  const asked = JSON.stringify(descriptor);
  const { value, trouble } = useLoaded(
    asked,
    async signal => {
      await new Promise(resolve => setTimeout(resolve, 300));
      if (signal.aborted) throw new Error('superseded');
      return plannedChange(namespace, descriptor, signal);
    },
    namespace,
  );
  if (trouble !== undefined) return <Notice tone="warn">What would change cannot be told: {trouble}</Notice>;
  if (value === undefined) return <p class="note">Comparing with the cluster …</p>;
  const touched = value.objects.filter(({ action }) => action !== 'keep');
  return (
    <div class="planned">
      {value.warnings.map(warning => (
        <Notice key={warning} tone="warn">
          {warning}
        </Notice>
      ))}
      <details open={value.descriptor !== ''}>
        <summary>
          {value.against === undefined
            ? 'Nothing serves yet'
            : value.descriptor === ''
              ? `The same descriptor as version ${value.against.version}`
              : `What differs from version ${value.against.version}`}
        </summary>
        {value.descriptor !== '' && <UnifiedDiff text={value.descriptor} label="Changes of the descriptor" />}
      </details>
      <details>
        <summary>
          {touched.length} {touched.length === 1 ? 'object' : 'objects'} of the cluster will be touched
        </summary>
        {touched.map(({ action, kind, name, diff }) => (
          <details key={`${kind}/${name}/${action}`} class="object">
            <summary>
              {kind} <code>{name}</code> is {verbs[action]}
            </summary>
            {diff !== '' && <UnifiedDiff text={diff} label={`Changes of ${kind} ${name}`} />}
          </details>
        ))}
      </details>
    </div>
  );
}
