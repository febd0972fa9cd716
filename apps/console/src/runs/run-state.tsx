import { Badge } from '@mantine/core';
import type { Run } from '../api/client.js';

const STATES: Readonly<Record<Run['state'], Readonly<{ color: string; word: string }>>> = {
  requested: { color: 'blue', word: 'Asking the validators' },
  agreed: { color: 'blue', word: 'Exporting' },
  completed: { color: 'teal', word: 'Completed' },
  skipped: { color: 'gray', word: 'Nothing new' },
  disputed: { color: 'red', word: 'Disputed' },
  failed: { color: 'red', word: 'Failed' },
  coalesced: { color: 'gray', word: 'Merged' },
};

export const TRIGGERS: Readonly<Record<Run['trigger'], string>> = {
  schedule: 'Schedule',
  manual: 'Manual',
  bus: 'Bus message',
  retry: 'Retry',
  backlog: 'Backlog',
};

export const RunState = ({ state }: Readonly<{ state: Run['state'] }>) => (
  <Badge variant="light" color={STATES[state].color} tt="none" className="fixed">
    {STATES[state].word}
  </Badge>
);
