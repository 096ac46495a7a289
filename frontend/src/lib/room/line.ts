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
}

/** A room's socket. */
export function openSocket(workshop: string, to: Hearer): Line {
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(`${scheme}//${location.host}/api/v1/rooms/${workshop}/socket`, 'amends.room.v1');
  let open = true;
  socket.onmessage = (e) => {
    if (open) to.heard(JSON.parse(e.data as string) as RoomFrame);
  };
  socket.onclose = (e) => {
    if (!open) return;
    open = false;
    to.ended(e.code);
  };
  return {
    say: (frame) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    },
    close: () => {
      open = false;
      socket.close();
    },
  };
}
