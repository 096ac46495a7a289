// The only error type of the sealing format. Callers branch on its code; it carries no content and
// no key.

export type SealCode =
  | 'E_KDF'
  | 'E_KDF_SELFTEST'
  | 'E_MEMORY'
  | 'E_WRAP_FORMAT'
  | 'E_WRAP_KIND'
  | 'E_WRAP_ACCOUNT'
  | 'E_WRAP_EPOCH'
  | 'E_WRAP_KEY'
  | 'E_WRAP_CORRUPT'
  | 'E_CODE'
  | 'E_PIN'
  | 'E_KEY'
  | 'E_OPEN'
  | 'E_FRAME'
  | 'E_UTF8'
  | 'E_VERSION'
  | 'E_CONTEXT'
  | 'E_CHAIN'
  | 'E_ROLLBACK'
  | 'E_NOT_ADDRESSED'
  | 'E_AUTHOR'
  | 'E_UNKNOWN_AUTHOR'
  | 'E_EPOCH'
  | 'E_TAG'
  | 'E_TOO_MANY'
  | 'E_RECIPIENT_KIND'
  // Codes of this app, not of the format: the key card is needed on this device; the pages are
  // locked; the page was deleted; the page is about the person who would read it.
  | 'E_CARD_NEEDED'
  | 'E_LOCKED'
  | 'E_GONE'
  | 'E_NEAR'
  | 'E_BROKEN';

export class SealError extends Error {
  constructor(readonly code: SealCode) {
    super(code);
    this.name = 'SealError';
  }
}
