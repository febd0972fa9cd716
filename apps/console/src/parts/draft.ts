import { useCallback, useState } from 'react';

/** Never kept outside of the form itself. */
const SECRET = /key|secret|token|sas|connection_string|password/i;

const withoutSecrets = <Form extends object>(form: Form): Partial<Form> =>
  Object.fromEntries(Object.entries(form).filter(([name]) => !SECRET.test(name))) as Partial<Form>;

const kept = (name: string): object => {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? '{}') as object;
  } catch {
    return {};
  }
};

export type Draft<Form> = Readonly<{
  form: Form;
  /** What was typed and not yet saved. */
  touched: boolean;
  set: (changes: Partial<Form>) => void;
  /** Forgets what was typed: after saving, or on cancel. */
  clear: () => void;
}>;

/**
 * A form that keeps what was typed: over refreshes of the data behind it, errors, other pages and a reload. Only what
 * was typed is laid over `initial`; secrets are not kept.
 */
export const useDraft = <Form extends object>(name: string, initial: Form): Draft<Form> => {
  const item = `chainkeep.draft.${name}`;
  const [typed, setTyped] = useState<Partial<Form>>(() => kept(item));
  const set = useCallback(
    (changes: Partial<Form>) => {
      setTyped((before) => {
        const after = { ...before, ...changes };
        sessionStorage.setItem(item, JSON.stringify(withoutSecrets(after)));
        return after;
      });
    },
    [item],
  );
  const clear = useCallback(() => {
    sessionStorage.removeItem(item);
    setTyped({});
  }, [item]);
  return { form: { ...initial, ...typed }, touched: Object.keys(typed).length > 0, set, clear };
};
