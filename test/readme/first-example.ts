/** A program and what it prints. */
export interface Example {
  readonly code: string;
  readonly output: string;
}

const CODE_AND_OUTPUT = /^```ts\n(?<code>.*?)^```\n\s*^```text\n(?<output>.*?)^```$/ms;

/** The first `ts` fence of a README with the `text` fence behind it. Throws when there is none. */
export function firstExample(markdown: string): Example {
  const { code, output } = CODE_AND_OUTPUT.exec(markdown)?.groups ?? {};
  if (code === undefined || output === undefined) {
    throw new Error('The README has no ```ts fence that is followed by a ```text fence with its output.');
  }
  return { code, output: output.trimEnd() };
}
