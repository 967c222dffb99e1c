import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with one plain line, `120 passed, 0 failed, 3 skipped`, for whoever reads it by a program. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const states = modules.flatMap(module => Array.from(module.children.allTests(), test => test.result().state));
    const count = (wanted: string): number => states.filter(state => state === wanted).length;
    const broken = modules.filter(module => module.errors().length > 0).length;
    console.log(`${count('passed')} passed, ${count('failed') + broken} failed, ${count('skipped')} skipped`);
  }
}
