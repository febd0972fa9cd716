import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, type ReactNode } from 'react';
import { api, keyStore, Problem, unwrap, type Identity } from '../api/client.js';
import { ProblemAlert } from '../parts/problem.js';
import { PageSkeleton } from '../parts/states.js';
import { SignIn } from './sign-in.js';

/** Who uses the page and what the key allows. Actions that are not allowed are not shown. */
export type Session = Readonly<{
  identity: Identity;
  signOut: () => void;
  /** Operators manage environments, nodes, members and keys. */
  mayOperate: boolean;
  /** May this membership's targets be changed? */
  maySteer: (membershipId: string | undefined) => boolean;
}>;

const Context = createContext<Session | undefined>(undefined);

export const useSession = (): Session => {
  const session = useContext(Context);
  if (session === undefined) throw new Problem(0, { detail: 'Used outside of a session.' });
  return session;
};

const toSession = (identity: Identity, signOut: () => void): Session => {
  const mayOperate = identity.role === 'operator';
  return {
    identity,
    signOut,
    mayOperate,
    maySteer: (membershipId) =>
      mayOperate || (identity.role === 'member_admin' && identity.membership_id === membershipId),
  };
};

/** Looks up the owner of the key before showing anything else, or asks for a key. */
export const SessionGate = ({ children }: Readonly<{ children: ReactNode }>) => {
  const client = useQueryClient();
  const me = useQuery({
    queryKey: ['me'],
    queryFn: () => unwrap(api.GET('/api/v1/me')),
    retry: (count, error) => !(error instanceof Problem && error.status === 401) && count < 3,
    staleTime: Infinity,
  });
  const signOut = (): void => {
    keyStore.clear();
    client.clear();
    void client.invalidateQueries();
    window.location.assign('/');
  };
  if (me.data) return <Context value={toSession(me.data, signOut)}>{children}</Context>;
  if (me.isPending) return <PageSkeleton />;
  const refused = me.error instanceof Problem && me.error.status === 401;
  if (refused) {
    const wasGiven = keyStore.get() !== null;
    return (
      <SignIn
        error={wasGiven ? me.error : undefined}
        busy={me.isFetching}
        onKey={(key) => {
          keyStore.set(key);
          void me.refetch();
        }}
      />
    );
  }
  return (
    <main className="page">
      <ProblemAlert error={me.error} retry={() => void me.refetch()} />
    </main>
  );
};
