// RFC 7396: applies a merge patch to a view. Null takes a field away, lists come whole.

export type Json = { [key: string]: unknown };

const isObject = (v: unknown): v is Json => v !== null && typeof v === 'object' && !Array.isArray(v);

export function applyPatch<T extends object>(view: T, patch: Json): T {
  const out: Json = { ...(view as Json) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else if (isObject(value)) out[key] = applyPatch(isObject(out[key]) ? (out[key] as Json) : {}, value);
    else out[key] = value;
  }
  return out as T;
}
