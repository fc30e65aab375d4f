/** What is told about a deployment without its secrets: lines of its log, reasons, answers of its pods. */

import { secretValues, type Descriptor } from '../descriptors/index.ts';
import { hiding, type Hide } from '../lib/known-values.ts';
import { hideNamed } from '../lib/redact.ts';

const own = new WeakMap<Descriptor, Hide>();

/** Hides what the descriptor says is secret, and what the text itself calls so. */
export function discreetly({ descriptor }: { descriptor: Descriptor }): Hide {
  let hide = own.get(descriptor);
  if (!hide) {
    const values = hiding(secretValues(descriptor));
    hide = text => hideNamed(values(text));
    own.set(descriptor, hide);
  }
  return hide;
}
