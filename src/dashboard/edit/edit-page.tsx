/** Writing a descriptor, of a new app or one that is there: as a form or as YAML, both of the same value, judged by the server while it is written. */

import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { DeployDialog } from '../app/deploy-dialog.tsx';
import { newestDescriptor } from '../app/deeds.ts';
import { say } from '../parts/announce.tsx';
import { useLoaded } from '../parts/loaded.tsx';
import { Loading, Notice } from '../parts/small.tsx';
import { call, messageOf, Refusal, send } from '../server/call.ts';
import type { Descriptor } from '../server/shapes.ts';
import { app } from '../state/app.ts';
import { go } from '../state/place.ts';
import { appRoute } from '../state/route.ts';
import { mayChange, whoami } from '../state/session.ts';
import { Editor } from './editor.tsx';

interface Opened {
  descriptor: Descriptor;
  etag: string;
}

async function openNewest(namespace: string, appName: string, signal: AbortSignal): Promise<Opened | undefined> {
  const newest = await newestDescriptor(namespace, appName, signal);
  if (newest?.id === undefined) return undefined;
  const answer = await send(`descriptors/${newest.id}/`, { query: { namespace }, signal });
  return { descriptor: (await answer.json()) as Descriptor, etag: answer.headers.get('ETag') ?? '' };
}

const starter = (appName: string): Descriptor => ({
  appName,
  newVersion: '#',
  replicas: 2,
  useHealthCheck: true,
  healthCheckPath: 'health',
  healthCheckType: 'probe',
  podspec: { containers: [{ name: 'app', image: '', ports: [{ name: 'http', containerPort: 8080 }] }] },
});

export function EditPage({ namespace, appName }: { namespace: string; appName: string }): JSX.Element {
  const [round, setRound] = useState(0);
  const [deploying, setDeploying] = useState(false);
  const { value, trouble } = useLoaded(`${namespace}/${appName} ${round}`, async signal => ({
    opened: await openNewest(namespace, appName, signal),
  }));
  if (trouble !== undefined) return <Notice tone="bad">{trouble}</Notice>;
  if (value === undefined) return <Loading />;
  const { opened } = value;
  // In place of the one that was read; what others have written meanwhile is not lost but told.
  const save = async (descriptor: Descriptor): Promise<void> => {
    const { id } = opened?.descriptor ?? {};
    if (id === undefined) await call('descriptors/', { method: 'POST', query: { namespace }, body: descriptor });
    else
      await send(`descriptors/${id}/`, {
        method: 'PUT',
        query: { namespace },
        body: descriptor,
        headers: { 'If-Match': opened?.etag ?? '' },
      }).catch(conflictInWords);
    say('Saved. Nothing is deployed by that.');
    setRound(before => before + 1);
  };
  return (
    <>
      <Editor
        key={`${opened?.etag ?? 'new'} ${round}`}
        namespace={namespace}
        initial={opened?.descriptor ?? starter(appName)}
        isNew={false}
        readOnly={!mayChange.value}
        saves={[
          { label: 'Save', run: save },
          {
            label: 'Save and deploy …',
            primary: true,
            run: async descriptor => {
              await save(descriptor);
              setDeploying(true);
            },
          },
        ]}
      />
      {deploying && <DeployDialog app={app.value ?? { namespace, appName }} onClose={() => setDeploying(false)} />}
    </>
  );
}

function conflictInWords(error: unknown): never {
  if (error instanceof Refusal && error.status === 412) {
    throw new Refusal(
      412,
      error.code,
      'Somebody else has changed this descriptor since you opened it. Copy your text, open this view again, and merge.',
    );
  }
  throw error instanceof Error ? error : new Error(messageOf(error));
}

export function NewApp({ namespace }: { namespace: string | undefined }): JSX.Element {
  const who = whoami.value;
  const known = [
    ...new Set([...(who?.known ?? []), ...(who && who.namespaces !== 'all' ? who.namespaces : []), ...(who?.served ?? [])]),
  ].sort();
  const [chosen, setChosen] = useState(namespace ?? known[0] ?? 'default');
  if (!mayChange.value) return <Notice tone="warn">You may look at apps, not make them.</Notice>;
  return (
    <div class="new-app">
      <div class="page-head">
        <h1>New app</h1>
      </div>
      <label class="field narrow">
        <span>Namespace</span>
        <input
          type="text"
          value={chosen}
          list="namespaces"
          spellcheck={false}
          autocapitalize="off"
          onInput={event => setChosen(event.currentTarget.value.trim())}
        />
        <datalist id="namespaces">
          {known.map(name => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </label>
      <Editor
        namespace={chosen}
        initial={starter('')}
        isNew
        readOnly={false}
        saves={[
          {
            label: 'Create',
            primary: true,
            run: async descriptor => {
              const made = await call<Descriptor>('descriptors/', { method: 'POST', query: { namespace: chosen }, body: descriptor });
              say(`${made.appName} is there. Deploy it when you like.`);
              go(appRoute({ namespace: chosen, appName: made.appName }));
            },
          },
        ]}
      />
    </div>
  );
}
