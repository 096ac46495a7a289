// The four reasons why scanning may fail. Each has its own text on screen; every other browser
// error becomes "unsupported".

export type ScanFault = 'denied' | 'none' | 'busy' | 'unsupported';

const byName: Record<string, ScanFault> = {
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'none',
  OverconstrainedError: 'none',
  NotReadableError: 'busy',
  AbortError: 'busy',
};

export function faultOf(err: unknown): ScanFault {
  return (err instanceof Error && byName[err.name]) || 'unsupported';
}
