import { describeWith } from '../servers/index.ts';
import { primaryFaults } from './primary-faults.ts';
import { twoPrimaries } from './two-primaries.ts';

await describeWith('mysql', 'a primary of MySQL that fails', () => primaryFaults('mysql'));
await describeWith('mysql', 'two primaries of MySQL', () => twoPrimaries('mysql'));
