// What can stand between a person and the camera, in four words. Each has its own sentence on
// screen; anything a browser may say beyond these ends as "unsupported".

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
