import { describeRebuildContract } from './rebuild.contract.js';
import { STORES } from './testing.js';

for (const [name, open] of STORES) describeRebuildContract(name, open);
