// The union of two copies of grow-only data: every key and every item of both. Where both have a
// different text the greater one wins (for dates, the later day), and of two levels STOP wins.

type Tree = Record<string, unknown>;
const isTree = (x: unknown): x is Tree => typeof x === 'object' && x !== null && !Array.isArray(x);

export function union<T>(a: T, b: T): T {
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b.filter((x) => !a.includes(x))] as T;
  if (!isTree(a) || !isTree(b)) return typeof b === typeof a && b > a ? b : a;
  const out: Tree = { ...a };
  for (const [key, other] of Object.entries(b)) {
    const mine = out[key];
    out[key] = mine === undefined ? other : key === 'level' && other === 'STOP' ? other : key === 'level' && mine === 'STOP' ? mine : union(mine, other);
  }
  return out as T;
}

/** Whether the part contains anything that the whole does not. */
export const addsTo = (part: unknown, whole: unknown): boolean => JSON.stringify(union(whole, part)) !== JSON.stringify(whole);
