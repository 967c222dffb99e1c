import { describeWith } from '../servers/index.ts';
import { replicaFaults } from './replica-faults.ts';

await describeWith('postgres', 'replicas of PostgreSQL that fail', () => replicaFaults('postgres'));
