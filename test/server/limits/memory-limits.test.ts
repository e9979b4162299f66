import { createMemoryLimits } from '../../../server/limits/memory-limits.js';
import { describeLimits } from '../../contract/limits-contract.js';

describeLimits('one process', async () => {
  const limits = createMemoryLimits();
  return [limits, limits];
});
