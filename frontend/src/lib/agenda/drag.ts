// Reordering by drag: the handle follows a finger or the mouse, and the list changes as the pointer
// passes other rows. Keyboard users have the arrow buttons beside it.

export interface Drag {
  /** The current position of the dragged row. */
  at: () => number;
  start: () => void;
  to: (index: number) => void;
  end: () => void;
}

/** The row at a vertical page position: the nearest one. */
export function rowAt(rows: readonly { top: number; bottom: number }[], y: number): number {
  const over = rows.findIndex((r) => y < r.bottom);
  return over < 0 ? rows.length - 1 : over;
}

export const draggable = (list: () => HTMLElement | undefined, drag: Drag) => (grip: HTMLElement) => {
  const down = (e: PointerEvent) => {
    if (e.button !== 0) return;
    e.preventDefault();
    grip.setPointerCapture(e.pointerId);
    drag.start();
    const move = (m: PointerEvent) => {
      const rows = [...(list()?.children ?? [])].map((r) => r.getBoundingClientRect());
      const to = rowAt(rows, m.clientY);
      if (to >= 0 && to !== drag.at()) drag.to(to);
    };
    const stop = () => {
      window.removeEventListener('pointermove', move);
      window.removeEventListener('pointerup', stop);
      window.removeEventListener('pointercancel', stop);
      drag.end();
    };
    // The row's element moves in the DOM while dragged, which ends its pointer capture, so the
    // window listens.
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', stop);
    window.addEventListener('pointercancel', stop);
  };
  grip.addEventListener('pointerdown', down);
  return () => grip.removeEventListener('pointerdown', down);
};
