import type { Model } from '../flow/model.ts';

/** Answers that take a while, each computed once for a model and forgotten with it; a failure is not kept. */
export function oncePerModel<T>(compute: (model: Model) => Promise<T>): (model: Model) => Promise<T> {
  const known = new WeakMap<Model, Promise<T>>();
  return (model) => {
    const before = known.get(model);
    if (before !== undefined) return before;
    const running = compute(model);
    known.set(model, running);
    running.catch(() => known.delete(model));
    return running;
  };
}
