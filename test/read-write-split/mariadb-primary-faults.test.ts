import { describeWith } from '../servers/index.ts';
import { primaryFaults } from './primary-faults.ts';
import { twoPrimaries } from './two-primaries.ts';

await describeWith('mariadb', 'a primary of MariaDB that fails', () => primaryFaults('mariadb'));
await describeWith('mariadb', 'two primaries of MariaDB', () => twoPrimaries('mariadb'));
