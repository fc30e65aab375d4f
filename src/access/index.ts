/** The front door of access/: other rooms import from here only. */

export { anonymous, authorize, may, nobody, roles } from './principal.ts';
export type { Access, Principal, Role } from './principal.ts';
export { createGate } from './gate.ts';
export type { Gate, GateSettings } from './gate.ts';
export type { Credentials } from './token.ts';
export { makeToken } from './make-token.ts';
export type { TokenWish } from './make-token.ts';
export { createLimits, createRate } from './limits.ts';
export type { Limits, LimitSettings, Rate } from './limits.ts';
