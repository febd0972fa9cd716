/** The image's entry: `run.mjs <app> [arguments]` runs the built app; `run.mjs health` asks the one that runs here. */
import { existsSync, readdirSync } from 'node:fs';

const APPS = new URL('../dist/apps/', import.meta.url);
const [app = '', ...args] = process.argv.slice(2);
const main = new URL(`${app}/src/main.js`, APPS);

const apps = () =>
  existsSync(APPS)
    ? readdirSync(APPS).filter((name) => existsSync(new URL(`${name}/src/main.js`, APPS)))
    : ['none: nothing is built here, see npm run build'];

/** The admin API and the standalone mode answer on their own port, every other service on its health port. */
const isReady = async () => {
  const ports = [process.env.CHAINKEEP_HEALTH_PORT || '8080', process.env.CHAINKEEP_PORT || '3000'];
  const answers = await Promise.all(
    ports.map((port) =>
      fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(4_000) }).then(
        ({ ok }) => ok,
        () => false,
      ),
    ),
  );
  return answers.includes(true);
};

if (app === 'health') {
  process.exitCode = (await isReady()) ? 0 : 1;
} else if (/^[a-z-]+$/.test(app) && existsSync(main)) {
  process.argv.splice(2, process.argv.length, ...args);
  await import(main.href);
} else {
  process.stderr.write(`Unknown app "${app}". There are: ${apps().join(', ')}.\n`);
  process.exitCode = 2;
}
