import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  type UseMutationResult,
} from '@tanstack/react-query';
import { api, unwrap } from './client.js';

/** Where an environment is. */
export type EnvironmentPath = Readonly<{ c: string; e: string }>;

const STATUS_EVERY_MS = 5_000;
const RUNS_OF_A_PAGE = 50;
const at = (place: EnvironmentPath) => ({ params: { path: place } });
const base = '/api/v1/consortia/{c}/environments/{e}' as const;

/** The first part of every key names what the event feed refreshes. */
export const useConsortia = () =>
  useQuery({ queryKey: ['consortia'], queryFn: () => unwrap(api.GET('/api/v1/consortia')) });

export const useEnvironments = (c: string) =>
  useQuery({
    queryKey: ['environments', c],
    queryFn: () => unwrap(api.GET('/api/v1/consortia/{c}/environments', { params: { path: { c } } })),
  });

export const useEnvironment = (place: EnvironmentPath) =>
  useQuery({ queryKey: ['environments', place], queryFn: () => unwrap(api.GET(base, at(place))) });

export const useMembers = (c: string) =>
  useQuery({
    queryKey: ['members', c],
    queryFn: () => unwrap(api.GET('/api/v1/consortia/{c}/memberships', { params: { path: { c } } })),
  });

export const useKeys = (c: string, id: string, enabled: boolean) =>
  useQuery({
    queryKey: ['members', c, id, 'keys'],
    enabled,
    queryFn: () =>
      unwrap(api.GET('/api/v1/consortia/{c}/memberships/{id}/keys', { params: { path: { c, id } } })),
  });

export const useStatus = (place: EnvironmentPath) =>
  useQuery({
    queryKey: ['status', place],
    queryFn: () => unwrap(api.GET(`${base}/backup/status`, at(place))),
    // The chain's head moves without an event of ours.
    refetchInterval: STATUS_EVERY_MS,
  });

export const useSettings = (place: EnvironmentPath) =>
  useQuery({ queryKey: ['settings', place], queryFn: () => unwrap(api.GET(`${base}/backup`, at(place))) });

export type ScheduleChoice = Readonly<{
  frequency?: 'once' | 'twice' | 'three' | 'four';
  cron?: string;
  time_zone?: string;
  every_minutes?: number;
  every_blocks?: number;
}>;

/** When a schedule would run. The last answer is shown while the next one loads. */
export const useNextRuns = (place: EnvironmentPath, query: ScheduleChoice, enabled: boolean) =>
  useQuery({
    queryKey: ['next-runs', place, query],
    enabled,
    retry: false,
    placeholderData: keepPreviousData,
    queryFn: () => unwrap(api.GET(`${base}/backup/next-runs`, { params: { path: place, query } })),
  });

/** Runs, newest first, a page at a time. */
export const useRuns = (place: EnvironmentPath) =>
  useInfiniteQuery({
    queryKey: ['runs', place],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: before }) => {
      const query = { limit: RUNS_OF_A_PAGE, ...(before === undefined ? {} : { before }) };
      return unwrap(api.GET(`${base}/backup/runs`, { params: { path: place, query } }));
    },
    getNextPageParam: (page) => {
      const oldest = page.length < RUNS_OF_A_PAGE ? undefined : page.at(-1);
      return oldest && `${oldest.requested_at}/${oldest._id}`;
    },
    select: ({ pages }) => pages.flat(),
  });

export const useRun = (place: EnvironmentPath, id: string) =>
  useQuery({
    queryKey: ['runs', place, id],
    queryFn: () => unwrap(api.GET(`${base}/backup/runs/{id}`, { params: { path: { ...place, id } } })),
  });

export const useCoverage = (place: EnvironmentPath) =>
  useQuery({
    queryKey: ['coverage', place],
    queryFn: () => unwrap(api.GET(`${base}/backup/coverage`, at(place))),
  });

export const useFile = (place: EnvironmentPath, ordinal: number | undefined) =>
  useQuery({
    queryKey: ['coverage', place, 'file', ordinal],
    enabled: ordinal !== undefined,
    placeholderData: keepPreviousData,
    queryFn: () =>
      unwrap(
        api.GET(`${base}/backup/files/{ordinal}`, {
          params: { path: { ...place, ordinal: String(ordinal) } },
        }),
      ),
  });

export const useNodes = (place: EnvironmentPath) =>
  useQuery({ queryKey: ['nodes', place], queryFn: () => unwrap(api.GET(`${base}/nodes`, at(place))) });

/** What each kind of storage needs: it changes with the service's version only. */
export const useProviders = () =>
  useQuery({ queryKey: ['providers'], queryFn: () => unwrap(api.GET('/api/v1/providers')) });

export const useConfigurations = (place: EnvironmentPath) =>
  useQuery({
    queryKey: ['configurations', place],
    queryFn: () => unwrap(api.GET(`${base}/configurations`, at(place))),
  });

/** A change. Afterwards all queries are refetched, so the page never shows stale data. */
export const useChange = <Input, Output>(
  change: (input: Input) => Promise<Output>,
): UseMutationResult<Output, Error, Input> => {
  const client = useQueryClient();
  return useMutation({ mutationFn: change, onSettled: () => client.invalidateQueries() });
};
