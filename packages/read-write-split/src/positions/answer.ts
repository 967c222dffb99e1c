/** The only row of an answer. @throws Error when there is none */
export function answerOf(rows: readonly Readonly<Record<string, unknown>>[]): Readonly<Record<string, unknown>> {
  const [row] = rows;
  if (!row) throw new Error('A node answered the question where it stands with no row.');
  return row;
}
