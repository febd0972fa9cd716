import { setTimeout as sleep } from 'node:timers/promises';
import type { Replica } from './distributed-services.js';
import type { DistributedWorld } from './distributed-world.js';

/** Numbers in [0, 1) that a seed gives again. */
const randomOf = (seed: number) => {
  let state = seed + 1;
  return (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

/** Kills a random process with -9 from time to time and starts it again. The seed is in the output. */
export class Chaos {
  kills = 0;
  private readonly random: () => number;
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly world: DistributedWorld,
    private readonly options: Readonly<{ seed: number; everyMs: number }>,
  ) {
    this.random = randomOf(options.seed);
  }

  start(): void {
    process.stdout.write(`kills follow seed ${this.options.seed}\n`);
    this.running = this.run();
  }

  /** Ends the killing; everything runs again and is ready when it resolves. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.world.services.untilReady();
  }

  private async run(): Promise<void> {
    const { all } = this.world.services;
    while (await this.pause(this.options.everyMs * (0.5 + this.random()))) {
      const victim = all[Math.floor(this.random() * all.length)];
      if (victim?.running) await this.kill(victim);
    }
  }

  private async kill(victim: Replica): Promise<void> {
    await victim.end('SIGKILL');
    this.kills += 1;
    await this.pause(500);
    victim.start();
  }

  /** False once it was stopped. */
  private async pause(ms: number): Promise<boolean> {
    const { signal } = this.stopping;
    await sleep(ms, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  }
}
