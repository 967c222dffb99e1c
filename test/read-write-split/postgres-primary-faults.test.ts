import { describeWith } from '../servers/index.ts';
import { primaryFaults } from './primary-faults.ts';
import { twoPrimaries } from './two-primaries.ts';

await describeWith('postgres', 'a primary of PostgreSQL that fails', () => primaryFaults('postgres'));
await describeWith('postgres', 'two primaries of PostgreSQL', () => twoPrimaries('postgres'));
