// One connection to a room, over any transport: frames go both ways, and it ends once.

import type { RoomFrame } from '../wire/wire';

export interface Line {
  /** Sends one command; a command that cannot be sent now is dropped, and the caller retries it. */
  say(frame: string): void;
  /** Closes the line; it calls the hearer no more. */
  close(): void;
}

export interface Hearer {
  heard(f: RoomFrame): void;
  /** The line ended, with a close code of the room's socket. */
  ended(code: number): void;
  /** A line that began with plain requests is now carried by a socket. */
  moved?(): void;
}

/** An abnormal close: network, proxy, or a server that went away. */
export const LOST = 1006;
/** Our own code: the socket opened, but no frame arrived, because a proxy buffers them. */
export const SILENT = 4999;

/** How long a socket may take until its first frame, in ms. */
const PATIENCE = 8_000;

/** Which room, and in which seat when a device holds more than one. */
export interface RoomSeat {
  workshop: string;
  seat: '' | 'guest' | 'stage';
}

/** A room's socket. */
export function openSocket({ workshop, seat }: RoomSeat, to: Hearer): Line {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(`${scheme}//${location.host}/api/v1/rooms/${workshop}/socket${seat && '?seat=' + seat}`, 'amends.room.v1');
  const isOpen = () => socket.readyState === WebSocket.OPEN;
  let over = false;
  const end = (code: number) => {
    clearTimeout(patience);
    if (over) return;
    over = true;
    to.ended(code);
  };
  const patience = setTimeout(() => {
    const code = isOpen() ? SILENT : LOST;
    socket.close();
    end(code);
  }, PATIENCE);
  socket.onmessage = (e) => {
    clearTimeout(patience);
    if (!over) to.heard(JSON.parse(e.data as string) as RoomFrame);
  };
  socket.onclose = (e) => end(e.code);
  return {
    say: (frame) => {
      if (isOpen()) socket.send(frame);
    },
    close: () => {
      over = true;
      clearTimeout(patience);
      socket.close();
    },
  };
}
