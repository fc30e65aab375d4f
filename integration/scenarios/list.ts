/** The one list of scenarios. */

import { adoptingScenarios } from './adopting.ts';
import { appScenarios } from './apps.ts';
import { clientScenarios } from './clients.ts';
import { deployingScenarios } from './deploying.ts';
import { descriptorScenarios } from './descriptors.ts';
import { failingScenarios } from './failing.ts';
import { faultScenarios, lifeScenarios } from './faults.ts';
import { handsScenarios } from './hands.ts';
import { healthScenarios } from './health.ts';
import { manyScenarios } from './many.ts';
import { promotionScenarios } from './promotion.ts';
import { rollbackScenarios } from './rollback.ts';
import type { Scenario } from './scenario.ts';
import { streamScenarios } from './streams.ts';
import { trafficScenarios } from './traffic.ts';
import { undeployingScenarios } from './undeploying.ts';
import { versionScenarios } from './versions.ts';
import { worstMoments } from './worst-moments.ts';

export const groups: Record<string, Scenario[]> = {
  descriptors: descriptorScenarios,
  deploying: deployingScenarios,
  'versions and environment': versionScenarios,
  apps: appScenarios,
  adopting: adoptingScenarios,
  health: healthScenarios,
  failures: failingScenarios,
  promotion: promotionScenarios,
  'rollback and switch-back': rollbackScenarios,
  traffic: trafficScenarios,
  'undeploying and cancelling': undeployingScenarios,
  'several at once': manyScenarios,
  "others' hands": handsScenarios,
  'worst moments': worstMoments,
  streams: streamScenarios,
  clients: clientScenarios,
  faults: faultScenarios,
  'life of a server': lifeScenarios,
};

export const scenarios: Scenario[] = Object.values(groups).flat();
