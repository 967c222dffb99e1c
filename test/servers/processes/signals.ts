import { until } from '../until.ts';
import { hasEnded, isStopped, processesIn } from './processes-in.ts';
import { removeSharedMemory } from './shared-memory.ts';

/** Sends a signal to one process; answers false if it is gone already. */
function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** Kills (SIGKILL) everything that works in `folder` and waits until nothing is left of it. */
export async function killIn(folder: string): Promise<void> {
  const killed = new Set<number>();
  const kill = () => signalled(folder, 'SIGKILL').map(pid => killed.add(pid)).length;
  await until(() => kill() === 0 && [...killed].every(hasEnded), { what: `the end of all processes in ${folder}` });
  removeSharedMemory(killed);
}

/** Stops (SIGSTOP) everything that works in `folder`, also what is forked meanwhile. */
export async function pauseIn(folder: string): Promise<void> {
  await until(() => signalled(folder, 'SIGSTOP').every(isStopped), { what: `a pause of all processes in ${folder}` });
}

/** Lets everything that works in `folder` go on (SIGCONT). */
export async function resumeIn(folder: string): Promise<void> {
  await until(() => !signalled(folder, 'SIGCONT').some(isStopped), { what: `a resume of all processes in ${folder}` });
}

function signalled(folder: string, name: NodeJS.Signals): number[] {
  return processesIn(folder).filter(pid => signal(pid, name));
}
