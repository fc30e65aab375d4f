/** Chooses one of the app's deployments. */

import type { JSX } from 'preact';
import { imagesOf, outcomeOf } from '../parts/words.ts';
import { history } from '../state/app.ts';

export const DeploymentChoice = ({ value, onChoose }: { value: string; onChoose(id: string): void }): JSX.Element => {
  const list = history.value ?? [];
  return (
    <label class="select">
      <span class="unseen">Deployment</span>
      <select value={value} onChange={event => onChoose(event.currentTarget.value)}>
        {list.every(({ id }) => id !== value) && <option value={value}>an older deployment</option>}
        {list.map(deployment => (
          <option key={deployment.id} value={deployment.id}>
            {`Version ${deployment.version} · ${imagesOf(deployment).join(', ')} · ${outcomeOf(deployment).label}`}
          </option>
        ))}
      </select>
    </label>
  );
};
