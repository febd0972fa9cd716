/** Jest's global setup: compiles the project, when a source is newer, because tests start processes of it. */
import { compile } from '../../../scripts/lib/project.mjs';

/** A type error is for `npm run check` to refuse: the compiler wrote the files all the same. */
export default async () => {
  await compile({ evenWithErrors: true });
};
