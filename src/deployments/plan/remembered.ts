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

/** The same for a function of more values: what it last answered for `value` is kept as long as the others are the same ones. */
export function rememberedWith<V extends object, O extends readonly unknown[], R>(
  make: (value: V, ...others: O) => R,
): (value: V, ...others: O) => R {
  const known = new WeakMap<V, { others: O; result: R }>();
  return (value, ...others) => {
    let kept = known.get(value);
    if (!kept?.others.every((other, index) => Object.is(other, others[index])))
      known.set(value, (kept = { others, result: make(value, ...others) }));
    return kept.result;
  };
}
