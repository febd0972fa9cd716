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

/** A run that ended well and found something wrong is not plain green. */
const shownAs = ({ state, findings }: Pick<Run, 'state' | 'findings'>): (typeof STATES)[Run['state']] => {
  const shown = STATES[state];
  const endedWell = state === 'completed' || state === 'skipped';
  if (!endedWell || findings.length === 0) return shown;
  const isGrave = findings.some(({ severity }) => severity === 'error');
  return {
    color: isGrave ? 'red' : 'orange',
    word: `${shown.word}, with ${isGrave ? 'errors' : 'warnings'}`,
  };
};

export const RunState = ({ run }: Readonly<{ run: Pick<Run, 'state' | 'findings'> }>) => {
  const { color, word } = shownAs(run);
  return (
    <Badge variant="light" color={color} tt="none" className="fixed">
      {word}
    </Badge>
  );
};
