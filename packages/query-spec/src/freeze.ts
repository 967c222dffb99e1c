/** Freezes plain data and all that it holds. */
export function deepFreeze<T>(data: T): T {
  if (typeof data === 'object' && data !== null && !Object.isFrozen(data)) {
    Object.freeze(data);
    for (const inner of Object.values(data)) {
      deepFreeze(inner);
    }
  }
  return data;
}
