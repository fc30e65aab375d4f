/** A pure function of one value that is asked again and again: what it answered is kept as long as the value. */

/** `make` depends on nothing but `value`, which is never changed after it was made. */
export function remembered<V extends object, R>(make: (value: V) => R): (value: V) => R {
  const known = new WeakMap<V, { result: R }>();
  return value => {
    let kept = known.get(value);
    if (kept === undefined) known.set(value, (kept = { result: make(value) }));
    return kept.result;
  };
}
