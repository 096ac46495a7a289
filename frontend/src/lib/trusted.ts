// Our only Trusted Types policy: it allows script URLs of our own origin and no others.

interface Policy {
  createScriptURL(url: string): string;
}

function own(url: string): string {
  const u = new URL(url, location.origin);
  if (u.origin !== location.origin) throw new TypeError('not our own script');
  return u.href;
}

const factory = (globalThis as { trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } }).trustedTypes;
const policy: Policy = factory?.createPolicy('amends', { createScriptURL: own }) ?? { createScriptURL: own };

export const trustedScript = (url: string): string => policy.createScriptURL(url);
