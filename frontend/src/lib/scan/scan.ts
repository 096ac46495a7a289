// Looks through the back camera until it sees a code that is wanted. The rules:
// - the camera is off again as soon as a code was taken, on any fault, and after stop(), even when
//   stop() comes while the person is still being asked;
// - a page that nobody sees looks at nothing;
// - pictures stay in one canvas in memory, and what was read goes to `accept` and `onfound` alone.
// Brings the decoder with it, so load it only where somebody scans.

import { faultOf, type ScanFault } from './fault';
import { readCode } from './read';

export type { ScanFault } from './fault';

export interface ScanHooks {
  /** Whether this text is of the wanted kind. Other codes are ignored. */
  accept: (text: string) => boolean;
  /** The camera is on. */
  onlooking: () => void;
  /** The first accepted code; the camera is off by now. */
  onfound: (text: string) => void;
  onfault: (fault: ScanFault) => void;
}

export interface Scan {
  stop: () => void;
}

const WIDEST = 640;
const PAUSE_MS = 125;

export function startScan(video: HTMLVideoElement, hooks: ScanHooks): Scan {
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  let stream: MediaStream | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;

  function stop(): void {
    over = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', turn);
    for (const track of stream?.getTracks() ?? []) track.stop();
    if (stream) video.srcObject = null;
    stream = null;
    canvas.width = canvas.height = 0;
  }

  function end(fault: ScanFault): void {
    if (over) return;
    stop();
    hooks.onfault(fault);
  }

  /** When the page is hidden, the camera sends black and no frame is read; both resume when it is
   * visible. */
  function turn(): void {
    clearTimeout(timer);
    for (const track of stream?.getTracks() ?? []) track.enabled = !document.hidden;
    if (!document.hidden) timer = setTimeout(look, PAUSE_MS);
  }

  function look(): void {
    const text = frame();
    if (text !== null && hooks.accept(text)) {
      stop();
      hooks.onfound(text);
    } else {
      // The pause starts after reading, so that a slow phone never has to catch up.
      timer = setTimeout(look, PAUSE_MS);
    }
  }

  function frame(): string | null {
    if (!pen || video.readyState < video.HAVE_CURRENT_DATA || video.videoWidth === 0) return null;
    const scale = Math.min(1, WIDEST / video.videoWidth);
    const width = Math.round(video.videoWidth * scale);
    const height = Math.round(video.videoHeight * scale);
    // Rotating a phone changes the size.
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    pen.drawImage(video, 0, 0, width, height);
    return readCode(pen.getImageData(0, 0, width, height));
  }

  async function open(): Promise<void> {
    let opened: MediaStream;
    try {
      // On an insecure origin mediaDevices is undefined, which throws a TypeError here.
      opened = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' }, audio: false });
    } catch (err) {
      end(faultOf(err));
      return;
    }
    if (over) {
      for (const track of opened.getTracks()) track.stop();
      return;
    }
    stream = opened;
    // The system took the camera away: an unplugged cable, or another app.
    for (const track of opened.getTracks()) track.addEventListener('ended', () => end('busy'));
    video.srcObject = opened;
    video.play().catch(() => end('unsupported'));
    document.addEventListener('visibilitychange', turn);
    hooks.onlooking();
    turn();
  }

  if (pen) void open();
  else queueMicrotask(() => end('unsupported'));
  return { stop };
}
