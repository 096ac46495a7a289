// One line to a room, whatever carries it: frames go up, frames come down, and it ends once.

import type { RoomFrame } from '../wire/wire';

export interface Line {
  /** Gives one command to the line; one that cannot leave now is lost, and its sender asks again. */
  say(frame: string): void;
  /** Ends the line; nothing is heard of it any more. */
  close(): void;
}

export interface Hearer {
  heard(f: RoomFrame): void;
  /** The line ended, with the close code of the room's socket. */
  ended(code: number): void;
  /** A socket carries a line now that began without one. */
  moved?(): void;
}

/** An end that says nothing: the network, a proxy, a server that went. */
export const LOST = 1006;
/** Ours alone: the socket opened, and nothing came through it. A proxy holds frames back. */
export const SILENT = 4999;

/** How long a socket may take to say its first word. */
const PATIENCE = 8_000;

/** Which room, and whose seat in it where a device holds more than one. */
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
