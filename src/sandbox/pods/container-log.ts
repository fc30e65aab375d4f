/** What one run of a container printed. */

export interface LogLine {
  /** RFC 3339. */
  time: string;
  text: string;
}

export interface ContainerLog {
  readonly lines: readonly LogLine[];
  append(text: string): void;
  end(): void;
  ended(): boolean;
  /** Calls `onLine` for each further line and `onEnd` once. Returns the unsubscriber. */
  follow(onLine: (line: LogLine) => void, onEnd: () => void): () => void;
}

const mostLines = 5000;

export function createContainerLog(nowMs: () => number): ContainerLog {
  const lines: LogLine[] = [];
  const followers = new Set<{ onLine: (line: LogLine) => void; onEnd: () => void }>();
  let over = false;
  return {
    lines,
    append(text) {
      const line = { time: new Date(nowMs()).toISOString(), text };
      lines.push(line);
      if (lines.length > mostLines) lines.shift();
      for (const { onLine } of followers) onLine(line);
    },
    end() {
      over = true;
      for (const { onEnd } of followers) onEnd();
      followers.clear();
    },
    ended: () => over,
    follow(onLine, onEnd) {
      const follower = { onLine, onEnd };
      followers.add(follower);
      return () => followers.delete(follower);
    },
  };
}
