/** The tests' own store does what the others do. */
import { describeStore } from '../../contract/store-contract.js';
import { createMemoryStore } from '../../support/memory-store.js';

describeStore('a store in memory', async () => createMemoryStore());
