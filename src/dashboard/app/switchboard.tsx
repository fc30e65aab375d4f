/** The switch at one look: where the traffic comes in, which of the two versions it goes to, and what each of them is doing. */

import type { JSX } from 'preact';
import { Ago, Empty } from '../parts/small.tsx';
import { shortImage } from '../parts/words.ts';
import type { AppDetail, Version } from '../server/shapes.ts';
import { colours } from '../state/app.ts';
import { otherColour, type Colour } from '../state/colours.ts';
import { Progress } from './progress.tsx';
import { CancelQueued } from './app-actions.tsx';
import { VersionCard } from './version-card.tsx';

export function Switchboard({ app }: { app: AppDetail }): JSX.Element {
  const slots = slotsOf(app.versions, colours.value);
  const taker = app.versions.find(version => version.receivesTraffic);
  const takes = taker && colours.value.get(taker.deployment.id);
  const routed = app.traffic.service !== undefined;
  if (app.versions.length === 0 && app.queue.length === 0) {
    return <Empty title="Nothing runs.">{app.newest?.reason && <p>{app.newest.reason.message}</p>}</Empty>;
  }
  return (
    <section class="switchboard" aria-label="Traffic and versions">
      <Progress app={app} />
      <div class={`lanes to-${takes ?? 'none'}`}>
        <div class="entry" data-testid="traffic">
          <span class="entry-label">{app.host === undefined ? 'Traffic' : 'Traffic for'}</span>
          <strong>{app.host ?? (routed ? `Service ${app.traffic.service?.name ?? app.appName}` : 'no Service: nothing comes in')}</strong>
          <span class="unseen">
            {taker ? `All of it goes to version ${taker.deployment.version}, ${takes ?? ''}.` : 'It goes nowhere.'}
          </span>
        </div>
        <Wires takes={takes} next={app.candidate && colours.value.get(app.candidate.id)} />
        {(['blue', 'green'] as const).map(colour => {
          const version = slots[colour];
          return version ? (
            <VersionCard key={version.deployment.id} app={app} version={version} colour={colour} />
          ) : (
            <EmptySlot key={`empty-${colour}`} colour={colour} />
          );
        })}
      </div>
      {!app.clusterKnown && <p class="note">The cluster has not been read yet; pods will appear.</p>}
      <Queue app={app} />
    </section>
  );
}

function slotsOf(versions: readonly Version[], known: ReadonlyMap<string, Colour>): Partial<Record<Colour, Version>> {
  const slots: Partial<Record<Colour, Version>> = {};
  for (const version of versions) {
    const wanted = known.get(version.deployment.id) ?? 'blue';
    slots[slots[wanted] ? otherColour(wanted) : wanted] = version;
  }
  return slots;
}

/** From the entry to the middle of each card. The picture is stretched to the width of both; the lines keep theirs. */
const Wires = ({ takes, next }: { takes: Colour | undefined; next: Colour | undefined }): JSX.Element => (
  <svg class="wires" viewBox="0 0 1000 68" preserveAspectRatio="none" aria-hidden="true" focusable="false">
    {(['blue', 'green'] as const).map(colour => {
      const x = colour === 'blue' ? 245.6 : 754.4;
      const path = `M500 0 C500 46 ${x} 12 ${x} 68`;
      return (
        <g key={colour} class={`wire ${colour}${takes === colour ? ' live' : next === colour ? ' next' : ''}`}>
          <path class="line" d={path} />
          <path class="flow" d={path} />
        </g>
      );
    })}
  </svg>
);

const EmptySlot = ({ colour }: { colour: Colour }): JSX.Element => (
  <div class={`version empty-slot ${colour}`}>
    <span class="colour-name">{colour}</span>
    <p>Free</p>
    <p class="note">The next version starts here, beside the one that serves.</p>
  </div>
);

function Queue({ app }: { app: AppDetail }): JSX.Element | null {
  if (app.queue.length === 0) return null;
  return (
    <div class="queue">
      <h2>Queue</h2>
      <ol>
        {app.queue.map(brief => (
          <li key={brief.id}>
            <b>Version {brief.version}</b> {brief.images.map(({ image }) => shortImage(image)).join(', ')}
            <span class="note">
              {' '}
              asked for by {brief.principal}, <Ago time={brief.created} />
            </span>
            <CancelQueued app={app} brief={brief} />
          </li>
        ))}
      </ol>
    </div>
  );
}
