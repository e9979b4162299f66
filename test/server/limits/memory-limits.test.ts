import { createMemoryLimits } from '../../../server/limits/memory-limits.js';
import { describeLimits } from '../../contract/limits-contract.js';

describeLimits('one process', async () => {
  let passed = 0;
  const limits = createMemoryLimits(() => performance.now() + passed);
  return { both: [limits, limits], pass: async (_, ms) => void (passed += ms) };
});
