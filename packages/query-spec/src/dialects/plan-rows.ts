/** The first number under this name, anywhere in a plan that came as JSON or as text of it. */
export function numberNamed(name: string, plan: unknown): number | undefined {
  if (typeof plan === 'string') {
    return plan.startsWith('{') || plan.startsWith('[') ? numberNamed(name, JSON.parse(plan)) : undefined;
  }
  if (typeof plan !== 'object' || plan === null) {
    return undefined;
  }
  const own: unknown = Reflect.get(plan, name);
  if (typeof own === 'number' || typeof own === 'bigint') {
    return Number(own);
  }
  return Object.values(plan)
    .map(inner => numberNamed(name, inner))
    .find(found => found !== undefined);
}
