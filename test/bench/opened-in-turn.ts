/**
 * Opens what the variants of a sitting need, one after the other and beginning with number `first`, so that over the
 * sittings each of them is once the oldest and once the youngest.
 */
export async function openedInTurn<K extends string, T>(
  open: { readonly [name in K]: () => Promise<T> },
  first: number,
): Promise<Record<K, T>> {
  const opened: Partial<Record<K, T>> = {};
  const names = namesOf(open);
  const at = first % names.length;
  for (const name of [...names.slice(at), ...names.slice(0, at)]) opened[name] = await open[name]();
  if (!isComplete(opened, names)) throw new TypeError('Something was opened as undefined.');
  return opened;
}

function namesOf<K extends string>(open: { readonly [name in K]: unknown }): K[] {
  const names: K[] = [];
  for (const name in open) names.push(name);
  return names;
}

function isComplete<K extends string, T>(opened: Partial<Record<K, T>>, names: readonly K[]): opened is Record<K, T> {
  return names.every(name => opened[name] !== undefined);
}
