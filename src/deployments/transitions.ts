/** Which status may follow which (PROTOCOL section 4). The store is never given a record that breaks this table. */

import type { Status } from './record.ts';

export const transitions: Readonly<Record<Status, readonly Status[]>> = {
  DEPLOYING: ['DEPLOYED', 'FAILURE', 'UNDEPLOYED'],
  DEPLOYED: ['UNDEPLOYING', 'UNDEPLOYED', 'FAILURE'],
  UNDEPLOYED: ['DEPLOYED'],
  UNDEPLOYING: ['UNDEPLOYED', 'FAILURE'],
  FAILURE: [],
};

export const mayFollow = (from: Status, to: Status): boolean => from === to || transitions[from].includes(to);

/** Whether a reader who waits for the outcome has it. */
export const isEnd = (status: Status): boolean => status !== 'DEPLOYING' && status !== 'UNDEPLOYING';
