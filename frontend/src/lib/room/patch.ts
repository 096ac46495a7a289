// RFC 7396: applies a merge patch to a view. Null takes a field away, lists come whole.

export type Json = { [key: string]: unknown };

const isObject = (v: unknown): v is Json => v !== null && typeof v === 'object' && !Array.isArray(v);

export function applyPatch<T extends object>(view: T, patch: Json): T {
  const kept = Object.entries(view as Json).filter(([key]) => patch[key] !== null);
  const out: Json = Object.fromEntries(kept);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) continue;
    out[key] = isObject(value) ? applyPatch(isObject(out[key]) ? (out[key] as Json) : {}, value) : value;
  }
  return out as T;
}
