import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode } from '#libs/kernel';
import type { Terminal } from '../terminal/terminal.js';
import type { ApiClient, Run, Status } from './api-client.js';
import type { ChosenEnvironment } from './environment.js';

const POLL_MS = 500;
/** A restart of the service takes some seconds; longer, and the command gives up. */
const UNREACHABLE_MAX = 60;
/** Where there is no terminal to write progress to, it is said this often. */
const NOTE_EVERY_MS = 30_000;
const OPEN: readonly string[] = ['requested', 'agreed'];

const isOpen = ({ state }: Run): boolean => OPEN.includes(state);

/** What a run is doing, in one line. */
const progressOf = ({ state, range, files, planned_files: planned }: Run, status: Status): string => {
  if (state === 'requested') return 'waiting for the validators to agree on a block';
  const end = range === undefined ? '' : ` up to block ${range.end_block}`;
  const { progress } = status;
  const left = progress?.seconds_left;
  const eta = left === null || left === undefined ? '' : `, about ${left} s left`;
  return `file ${files.length} of ${planned ?? '?'}${end}${eta}`;
};

/** On a terminal a line that is written over; in a pipe a line now and then, and none for a run that ends soon. */
const progressTo = (terminal: Terminal): ((text: string) => void) => {
  let notedAt = performance.now();
  return (text) => {
    terminal.progress(text);
    if (terminal.showsProgress || performance.now() - notedAt < NOTE_EVERY_MS) return;
    notedAt = performance.now();
    terminal.note(text);
  };
};

/**
 * Waits until a run is closed: the service closes every run, even a stalled one. Throws SERVICE_UNREACHABLE
 * when the service stays away for half a minute.
 */
export const followRun = async (
  { api, place }: Readonly<{ api: ApiClient; place: ChosenEnvironment }>,
  first: Run,
  terminal: Terminal,
): Promise<Run> => {
  const path = `${place.path}/backup/runs/${encodeURIComponent(first._id)}`;
  const say = progressTo(terminal);
  let run = first;
  let missed = 0;
  while (isOpen(run)) {
    try {
      say(progressOf(run, (await api.get(`${place.path}/backup/status`)) as Status));
      await sleep(POLL_MS);
      run = (await api.get(path)) as Run;
      missed = 0;
    } catch (error) {
      missed += 1;
      if (!hasCode(error, 'SERVICE_UNREACHABLE') || missed > UNREACHABLE_MAX) throw error;
      say('the service is not answering; waiting');
      await sleep(POLL_MS);
    }
  }
  terminal.endProgress();
  return run;
};
