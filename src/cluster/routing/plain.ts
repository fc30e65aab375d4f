/** Any controller that follows Ingress objects: hosts, paths and TLS, nothing beyond. */

import { nothingPlanned } from './dialect.ts';
import type { Dialect } from './dialect.ts';

export const plain: Dialect = {
  name: 'plain',
  plan(wish) {
    const plan = nothingPlanned();
    const asked: [string, boolean][] = [
      ['redirectWww', wish.redirectWww],
      ['useCompression', wish.compression],
      ['useStickySessions', wish.sticky],
      ['additionHttpHeaders', wish.headers.length > 0],
    ];
    for (const [field, wished] of asked) {
      if (wished)
        plan.warnings.push(
          `${field}: a plain Ingress has no way to say it; choose --ingress-dialect ingress-nginx or traefik, or set it up in the controller itself`,
        );
    }
    return plan;
  },
};
