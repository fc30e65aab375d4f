/** The log of a deployment as it is written: follow, search, level, a link to each line, download. */

import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { say } from '../parts/announce.tsx';
import { Icon } from '../parts/icons.tsx';
import { Act, Empty } from '../parts/small.tsx';
import { messageOf, send } from '../server/call.ts';
import type { LogEntry, LogLevel } from '../server/shapes.ts';
import type { StreamState } from '../server/stream.ts';
import { followLog, type Log } from '../state/log.ts';
import { replacePlace } from '../state/place.ts';
import { appRoute, hashOf, type Route } from '../state/route.ts';
import { DeploymentChoice } from './deployment-choice.tsx';
import { matches, pieces, type Filter } from './log-filter.ts';

type AppRoute = Extract<Route, { view: 'app' }>;

const states: Record<StreamState, string> = {
  connecting: 'Connecting …',
  open: 'Live',
  interrupted: 'Interrupted; connecting again, no line will be missing',
  ended: 'Complete',
  deleted: 'This deployment has been deleted',
};

export function LogView({ route, id }: { route: AppRoute; id: string }): JSX.Element {
  const { namespace, appName, line } = route;
  const [log, setLog] = useState<Log | undefined>(undefined);
  useEffect(() => {
    const opened = followLog(namespace, id);
    setLog(opened);
    return () => opened.close();
  }, [namespace, id]);
  const level = useSignal<LogLevel>('info');
  const search = useSignal('');
  const follow = useSignal(line === undefined);
  const filter: Filter = { level: level.value, search: search.value };

  return (
    <section class="log-view" aria-label="Log">
      <div class="filters">
        <DeploymentChoice value={id} onChoose={chosen => replacePlace(appRoute(route, 'log', { deployment: chosen }))} />
        <label class="search">
          <span class="unseen">Search the log</span>
          <Icon name="search" />
          <input type="search" placeholder="Search" value={search.value} onInput={event => (search.value = event.currentTarget.value)} />
        </label>
        <label class="select">
          <span class="unseen">Least level</span>
          <select value={level.value} onChange={event => (level.value = event.currentTarget.value as LogLevel)}>
            <option value="info">All levels</option>
            <option value="warn">Warnings and errors</option>
            <option value="error">Errors</option>
          </select>
        </label>
        <Act pressed={follow.value} icon="down" onClick={() => (follow.value = !follow.value)}>
          Follow
        </Act>
        <Act onClick={() => void download(namespace, id, appName)}>Download</Act>
      </div>
      {log && (
        <>
          <Lines
            log={log}
            filter={filter}
            route={{ ...route, deployment: id }}
            follow={follow.value}
            onScrolledAway={away => (follow.value = !away)}
          />
          <p class={`log-state ${log.state.value}`} role="status">
            <span class="lamp" aria-hidden="true" />
            {states[log.state.value]} · {log.count.value} lines
          </p>
        </>
      )}
    </section>
  );
}

interface LinesProps {
  log: Log;
  filter: Filter;
  route: AppRoute;
  follow: boolean;
  onScrolledAway(away: boolean): void;
}

function Lines({ log, filter, route, follow, onScrolledAway }: LinesProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const count = log.count.value;
  const { line } = route;
  useEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [count, follow, filter.level, filter.search]);
  const there = line !== undefined && count >= line;
  useEffect(() => {
    if (there) document.getElementById(`line-${line}`)?.scrollIntoView({ block: 'center' });
  }, [there, line]);
  const shown = log.blocks.value.reduce((sum, block) => sum + block.filter(entry => matches(entry, filter)).length, 0);
  return (
    <div
      ref={box}
      class="log"
      tabIndex={0}
      role="log"
      aria-live="off"
      aria-label="Lines of the log"
      onWheel={event => event.deltaY < 0 && onScrolledAway(true)}
      onScroll={event => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        if (scrollHeight - scrollTop - clientHeight < 4 && line === undefined) onScrolledAway(false);
      }}
    >
      {log.blocks.value.map(block => (
        <Block key={block[0]?.seq ?? 0} block={block} filter={filter} route={route} />
      ))}
      {count > 0 && shown === 0 && <Empty title="No line matches." />}
    </div>
  );
}

function Block({ block, filter, route }: { block: readonly LogEntry[]; filter: Filter; route: AppRoute }): JSX.Element {
  const selected = block.some(({ seq }) => seq === route.line) ? route.line : undefined;
  // The same lines again are the same picture: nothing of it is compared or drawn anew.
  return useMemo(
    () => (
      <ol class="block">
        {block
          .filter(entry => matches(entry, filter))
          .map(entry => (
            <Line key={entry.seq} entry={entry} search={filter.search} route={route} selected={entry.seq === selected} />
          ))}
      </ol>
    ),
    [block, filter.level, filter.search, selected, route.deployment],
  );
}

function Line({ entry, search, route, selected }: { entry: LogEntry; search: string; route: AppRoute; selected: boolean }): JSX.Element {
  const target = appRoute(route, 'log', { ...(route.deployment ? { deployment: route.deployment } : {}), line: entry.seq });
  return (
    <li id={`line-${entry.seq}`} class={`line ${entry.level}${selected ? ' selected' : ''}`}>
      <a
        class="seq"
        href={hashOf(target)}
        aria-label={`Line ${entry.seq}: copy its link`}
        onClick={event => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          replacePlace(target);
          void copyLink();
        }}
      >
        {entry.seq}
      </a>
      <time dateTime={entry.time} title={entry.time}>
        {new Date(entry.time).toLocaleTimeString([], { hour12: false })}
      </time>
      <span class="level">{entry.level === 'info' ? '' : entry.level}</span>
      <span class="message">
        {pieces(entry.message, search).map((piece, index) => (piece.found ? <mark key={index}>{piece.text}</mark> : piece.text))}
      </span>
    </li>
  );
}

async function copyLink(): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.href);
    say('Link to this line copied');
  } catch {
    say('The address bar has the link to this line');
  }
}

/** The text as the server has it, not as it is filtered here. */
async function download(namespace: string, id: string, appName: string): Promise<void> {
  try {
    const answer = await send(`deployments/${encodeURIComponent(id)}/logs`, { query: { namespace }, accept: 'text/plain' });
    const address = URL.createObjectURL(await answer.blob());
    const link = document.createElement('a');
    link.href = address;
    link.download = `${appName}-${id}.log`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  } catch (error) {
    say(`The log could not be downloaded: ${messageOf(error)}`);
  }
}
