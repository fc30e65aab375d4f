/** The latest commits in memory: what watches read from, and what lets a page be read as of an earlier revision. */

import { StoreError, type Change, type Entry, type Lease } from '../store.ts';

/** One key's change within a commit. */
export interface KeyChange {
  key: string;
  /** What the commit left; undefined = deleted. */
  entry: Entry | undefined;
  /** What was there before it. */
  before: Entry | undefined;
  /** The lease that it was put under. */
  lease: Lease | undefined;
}

export interface Commit {
  revision: number;
  changes: KeyChange[];
}

export interface HistoryLimits {
  commits: number;
  /** Characters of keys and values, about. */
  size: number;
}

export interface History {
  /** Commits are added in order of revision. */
  add(commit: Commit): void;
  /** The commits with revision >= `from`, oldest first. Throws COMPACTED when some of them are gone. */
  since(from: number): Commit[];
  /** What the keys under `prefix` that changed after `revision` held at it; undefined = absent then. Throws COMPACTED as `since` does. */
  undo(prefix: string, revision: number): Map<string, Entry | undefined>;
}

const sizeOf = ({ changes }: Commit): number =>
  changes.reduce((sum, { key, entry, before }) => sum + key.length + (entry?.value.length ?? 0) + (before?.value.length ?? 0), 64);

/** The changes of one commit as a watch of `prefix` shows them. */
export function changesUnder(prefix: string, { revision, changes }: Commit): Change[] {
  return changes
    .filter(({ key }) => key.startsWith(prefix))
    .map(({ key, entry, before }): Change => {
      if (entry !== undefined) return { type: 'put', entry };
      return before === undefined ? { type: 'delete', key, revision } : { type: 'delete', key, revision, previous: before.value };
    });
}

/** `start` is the revision of the newest commit that is not in the history. */
export function createHistory(start: number, limits: HistoryLimits): History {
  let commits: Commit[] = [];
  let first = 0;
  let floor = start;
  let size = 0;

  /** Index of the first kept commit with a revision >= `from`. */
  function indexOf(from: number): number {
    let low = first;
    let high = commits.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((commits[middle]?.revision ?? 0) < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function since(from: number): Commit[] {
    if (from <= floor) throw new StoreError('COMPACTED', `revision ${from} is gone; the history starts at ${floor + 1}`);
    return commits.slice(indexOf(from));
  }

  return {
    add(commit) {
      commits.push(commit);
      size += sizeOf(commit);
      while (commits.length - first > limits.commits || (size > limits.size && commits.length - first > 1)) {
        const dropped = commits[first++];
        if (dropped === undefined) break;
        floor = dropped.revision;
        size -= sizeOf(dropped);
      }
      if (first > 1024 && first * 2 > commits.length) {
        commits = commits.slice(first);
        first = 0;
      }
    },
    since,
    undo(prefix, revision) {
      const undone = new Map<string, Entry | undefined>();
      for (const { changes } of since(revision + 1)) {
        for (const { key, before } of changes) if (key.startsWith(prefix) && !undone.has(key)) undone.set(key, before);
      }
      return undone;
    },
  };
}
