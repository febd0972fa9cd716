/** Puts one question to a node and prints what came of it, with the memory that it took. `QUESTION URL [ID]`. */
import { readFileSync } from 'node:fs';
import { createChainNode } from '#libs/chain/adapters/rpc.chain-node';
import { isCodedError } from '#libs/kernel';
import { SystemClock } from '#libs/runtime';

const [question = '', ...urls] = process.argv.slice(2);
const QUESTIONS = ['survey', 'blocks', 'impatient', 'validators'];
const IMPATIENT_MS = 15_000;
if (!QUESTIONS.includes(question)) throw new RangeError(question);

const ask = async (url: string, id: string): Promise<string> => {
  const node = createChainNode({ id, endpoint: { url }, provider: 'geth' }, { clock: new SystemClock() });
  try {
    if (question === 'survey') return `head ${(await node.survey([1n, 2n])).head}`;
    if (question === 'validators') return `validators ${(await node.validatorsAt(1n))?.length ?? 'unknown'}`;
    let bytes = 0;
    const options = question === 'impatient' ? { timeoutMs: IMPATIENT_MS } : {};
    for await (const block of node.rawBlocks({ start: 1n, end: 3n }, options)) bytes += block.bytes.length;
    return `bytes ${bytes}`;
  } catch (error) {
    return isCodedError(error)
      ? `${error.code} ${String(error.context['node'])}`
      : `uncoded ${String(error)}`;
  } finally {
    await node.close();
  }
};

const outcomes = await Promise.all(urls.map((url, index) => ask(url, `v${index}`)));
// Of this program alone: the process that started it counts in resourceUsage().maxRSS.
const peakKiB = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
const rssMiB = Math.round(Number(peakKiB) / 1024);
process.stdout.write(JSON.stringify({ outcomes, rssMiB }));
