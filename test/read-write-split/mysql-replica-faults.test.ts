import { describeWith } from '../servers/index.ts';
import { replicaFaults } from './replica-faults.ts';

await describeWith('mysql', 'replicas of MySQL that fail', () => replicaFaults('mysql'));
