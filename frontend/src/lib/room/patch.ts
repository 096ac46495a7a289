// Applies a JSON merge patch (RFC 7396) to a view. Null deletes a field; lists are replaced as a
// whole.

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
