/** One app, redeployed by Teal again and again, with versions in between that can never work. */

import { demo, type DemoWish, type Json } from '../support/demo.ts';
import type { Kube } from '../support/kube.ts';
import type { Deployment, User } from '../support/user.ts';
import { eventually } from '../support/wait.ts';
import type { AppImage } from './image.ts';
import type { Row } from './lanes.ts';

export interface Switch {
  version: string;
  /** When the deployment was asked for. */
  asked: number;
  /** When it began to move the traffic and when Service and Ingress were read back, ms since 1970. */
  from: number;
  moved: number;
  /** When the version before it was gone. */
  settled: number;
}

export interface Rounds {
  switches: Switch[];
  /** Versions that failed before they had the traffic. */
  failed: string[];
  /** Versions that had the traffic and were cancelled while they were being confirmed. */
  takenBack: string[];
}

/** First a version that serves, then the rounds under load. */
export interface Deployer {
  first(): Promise<void>;
  rounds(): Promise<Rounds>;
}

export interface RoundOptions {
  user: User;
  kube: Kube;
  namespace: string;
  row: Row;
  app: string;
  /** Which of the row's apps it is: each begins with another kind of wrong version. */
  index: number;
  host: string | undefined;
  image: AppImage;
  switches: number;
  /** How long the old version stays. */
  drainSeconds: number;
  /** A version that goes wrong before every nth switch. */
  failEvery: number;
  /** Resolves when this version answers at the way in. */
  answers: (version: string) => Promise<void>;
  /** A version has the traffic. */
  onServing: (version: string) => Promise<void>;
  onGone: (version: string) => void;
  progress: (text: string) => void;
}

/** How pods behind every row end: they go on serving for three seconds and send their clients elsewhere. */
export const podEnd = { terminationGracePeriodSeconds: 8, env: { STOP_DELAY: '3s' } };

/**
 * How long a client that talks to pods without a proxy keeps an idle connection: shorter than pods go on serving, as the README asks of it. A connection that it still has was then used since its pod
 * was told to end, and has heard of that. What lies between the two is what the client may be late.
 */
export const straightIdleMs = 1000;

/** One image, told by its environment which version it is: `$(APP_VERSION)` is Teal's own. */
export const wishOf = (image: AppImage, wish: DemoWish = {}): DemoWish => ({
  replicas: 2,
  confirmSeconds: 1,
  ...wish,
  env: { VERSION: '$(APP_VERSION)', ...podEnd.env, ...wish.env },
  podspec: { terminationGracePeriodSeconds: podEnd.terminationGracePeriodSeconds },
  // Without a request a pod gets next to nothing of a busy machine; with more, eight apps and their pods that end do not fit on two cores.
  container: { image: image.name, imagePullPolicy: 'Never', resources: { requests: { cpu: '40m' } }, ...wish.container },
});

const timeOf = (lines: { time: string; message: string }[], what: RegExp): number =>
  Date.parse(lines.find(line => what.test(line.message))?.time ?? '');

export function redeployer(options: RoundOptions): Deployer {
  const { user, kube, namespace, app, row, host, image } = options;
  const modes = row.routing === 'changing' ? (['versioned', 'stable-service'] as const) : [row.routing];
  const descriptor = (wish: DemoWish = {}, round = 0): Json =>
    demo(
      namespace,
      wishOf(image, {
        appName: app,
        routing: modes[round % modes.length],
        drainSeconds: options.drainSeconds,
        ...(host === undefined ? {} : { frontend: host }),
        ...wish,
      }),
    );
  const ends: Promise<void>[] = [];
  let serving = '';

  async function deploy(id: string, outcome: Deployment['status']): Promise<Deployment> {
    const deployment = await user.ended(await user.start(id));
    if (deployment.status === outcome) return deployment;
    const log = await user.log(deployment.id);
    throw new Error(`${row.name}: expected ${outcome}, got ${deployment.status}: ${JSON.stringify(deployment.reason)}\n${log}`);
  }

  /** Told to end, pods still answer over connections that they have; only then nobody may. */
  async function gone(version: string): Promise<void> {
    await eventually('the old pods have ended', 30_000, async () => {
      if ((await kube.list('Pod', namespace, { app, version })).length > 0) throw new Error('not yet');
    });
    options.onGone(version);
  }

  async function switchOnce(id: string): Promise<Switch> {
    const asked = Date.now();
    const deployed = await deploy(id, 'DEPLOYED');
    await options.onServing(deployed.version);
    const settled = await user.settled(deployed.id);
    ends.push(gone(serving));
    serving = deployed.version;
    const lines = await user.lines(deployed.id);
    return {
      version: deployed.version,
      asked,
      from: timeOf(lines, /^Switching traffic/),
      moved: timeOf(lines, /^Traffic is on version/),
      settled: Date.parse(settled.settledAt ?? ''),
    };
  }

  /** There and back: cancelled when the proxy has long followed the switch. */
  async function takeBack(id: string): Promise<string> {
    const deployment = await user.start(id);
    const { version } = await user.reaches(deployment, 'confirming');
    await options.answers(version);
    await options.onServing(version);
    await user.remove(deployment);
    await user.settled(deployment);
    ends.push(gone(version));
    return version;
  }

  return {
    async first() {
      serving = (await deploy(await user.describe(descriptor()), 'DEPLOYED')).version;
      await options.onServing(serving);
    },
    async rounds() {
      const good = await Promise.all(modes.map((_, round) => user.describe(descriptor({}, round))));
      const fail = (id: string) => async (rounds: Rounds) => {
        rounds.failed.push((await deploy(id, 'FAILURE')).version);
      };
      const regretted = await user.describe(descriptor({ confirmSeconds: 60 }));
      const wrongs = [
        async (rounds: Rounds) => void rounds.takenBack.push(await takeBack(regretted)),
        fail(await user.describe(descriptor({ container: { image: 'never-built:1' }, timeoutSeconds: 8 }))),
        fail(await user.describe(descriptor({ env: { HEALTHY: 'false' }, timeoutSeconds: 4 }))),
      ];
      const rounds: Rounds = { switches: [], failed: [], takenBack: [] };
      for (let round = 1; round <= options.switches; round++) {
        const wrong = round % options.failEvery === 0 ? wrongs[(options.index + round / options.failEvery - 1) % wrongs.length] : undefined;
        await wrong?.(rounds);
        rounds.switches.push(await switchOnce(good[round % good.length] ?? ''));
        const wrongOnes = `${rounds.failed.length} failing versions, ${rounds.takenBack.length} taken back`;
        options.progress(`${row.name}: ${round} of ${options.switches} switches, ${wrongOnes}`);
      }
      await Promise.all(ends);
      return rounds;
    },
  };
}
