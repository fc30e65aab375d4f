/** The front door of audit/: other rooms import from here only. */

export { changedFields } from './change.ts';
export { createJournal } from './journal.ts';
export type { Journal } from './journal.ts';
export type { Attempt, AuditRecord, Change, Deed, Target } from './record.ts';
export { auditRoutes } from './routes.ts';
