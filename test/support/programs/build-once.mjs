/** Jest's global setup: compiles the project, when a source is newer, because tests start processes of it. */
import { compile } from '../../../scripts/lib/project.mjs';

/** A type error is for `npm run check` to refuse: the compiler wrote the files all the same. */
export default async () => {
  // As object-store.config.ts does for processes; tests also open buckets without it.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  await compile({ evenWithErrors: true });
};
