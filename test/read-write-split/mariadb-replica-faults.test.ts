import { describeWith } from '../servers/index.ts';
import { replicaFaults } from './replica-faults.ts';

await describeWith('mariadb', 'replicas of MariaDB that fail', () => replicaFaults('mariadb'));
