/** `npm run build`: compiles the project and the console into `dist`, what is missing or out of date. */
import { ensureBuilt, ensureConsoleBuilt } from './lib/project.mjs';

await ensureBuilt();
await ensureConsoleBuilt();
