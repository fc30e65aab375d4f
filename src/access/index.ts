/** The front door of access/: other rooms import from here only. */

export { anonymous, authorize, may, nobody, roles } from './principal.ts';
export type { Access, Principal, Role } from './principal.ts';
export { createGate } from './gate.ts';
export type { Credentials, Gate, GateSettings } from './gate.ts';
