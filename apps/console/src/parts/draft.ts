import { useCallback, useState } from 'react';

const NONE: readonly string[] = [];

const without = <Form extends object>(form: Form, secrets: readonly string[]): Partial<Form> =>
  Object.fromEntries(Object.entries(form).filter(([name]) => !secrets.includes(name))) as Partial<Form>;

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
 * was typed is laid over `initial`; the fields named in `secrets` never leave the form.
 */
export const useDraft = <Form extends object>(
  name: string,
  initial: Form,
  secrets: readonly string[] = NONE,
): Draft<Form> => {
  const item = `chainkeep.draft.${name}`;
  const [typed, setTyped] = useState<Partial<Form>>(() => kept(item));
  const set = useCallback(
    (changes: Partial<Form>) => {
      setTyped((before) => {
        const after = { ...before, ...changes };
        sessionStorage.setItem(item, JSON.stringify(without(after, secrets)));
        return after;
      });
    },
    [item, secrets],
  );
  const clear = useCallback(() => {
    sessionStorage.removeItem(item);
    setTyped({});
  }, [item]);
  return { form: { ...initial, ...typed }, touched: Object.keys(typed).length > 0, set, clear };
};
