import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { followEvents, type FeedEvent, type LiveState } from './live.js';

/** What an event makes stale, by the kind of its stream. */
const STALE: Readonly<Record<string, readonly string[]>> = {
  backup: ['status', 'runs', 'coverage'],
  target: ['configurations', 'coverage'],
  configuration: ['configurations'],
  environment: ['environments', 'settings', 'nodes', 'status'],
  consortium: ['consortia'],
  member: ['members'],
};
/** Many events in a row make one refresh. */
const GATHER_MS = 300;

/** Keeps what the page shows up to date by the event feed; says how the feed is. */
export const useLive = (): LiveState => {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>('connecting');
  useEffect(() => {
    const gone = new AbortController();
    const stale = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refresh = (): void => {
      timer = undefined;
      for (const name of stale) void client.invalidateQueries({ queryKey: [name] });
      stale.clear();
    };
    const onEvent = ({ stream, type }: FeedEvent): void => {
      // The service does not know the last event that was seen here: nothing shown is sure.
      if (type === 'reset') void client.invalidateQueries();
      for (const name of STALE[stream.slice(0, stream.indexOf('-'))] ?? []) stale.add(name);
      timer ??= setTimeout(refresh, GATHER_MS);
    };
    let broken = false;
    const onState = (now: LiveState): void => {
      // Missed changes arrive as events; queries that failed are refetched.
      if (now === 'live' && broken) void client.invalidateQueries();
      broken = now === 'broken';
      setState(now);
    };
    void followEvents({ onEvent, onState }, gone.signal);
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
  }, [client]);
  return state;
};
