/** A function that works something out once for each object that it is given, as long as that object is in use. */
export function remembered<K extends object, V extends object | string>(work: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return key => {
    const before = known.get(key);
    if (before !== undefined) {
      return before;
    }
    const value = work(key);
    known.set(key, value);
    return value;
  };
}
