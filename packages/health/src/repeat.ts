/**
 * Runs a task that never fails now and again `intervalMs` milliseconds after each end, so that two runs never overlap.
 * Does not keep the process alive. Returns the function that stops it, which resolves when the running one is over.
 */
export function repeat(task: () => Promise<unknown>, intervalMs: number): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running = run();

  async function run(): Promise<void> {
    await task();
    if (stopped) return;
    timer = setTimeout(() => {
      running = run();
    }, intervalMs).unref();
  }

  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
