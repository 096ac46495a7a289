// One part of an agenda while it is edited. Its key is only for the list on screen. Undo restores
// part objects, so that later typing in them is kept.

import { agenda as inEnglish } from '../text/en/agenda';
import { agenda as inSpanish } from '../text/es/agenda';
import type { AgendaPart } from '../wire/wire';
import { linesOf, problemsOf, type PartType } from './rules';

let count = 0;

export class Part {
  readonly key = ++count;
  type = $state('teach');
  title = $state('');
  minutes = $state('');
  prompt = $state('');
  stageText = $state('');
  /** One point per line. */
  points = $state('');
  queue = $state(false);
  worksheet = $state('none');
  shareSec = $state(0);
  shares = $state('');

  constructor(p: AgendaPart) {
    this.type = p.type;
    this.title = p.title;
    this.minutes = p.planned_min ? String(p.planned_min) : '';
    this.prompt = p.prompt;
    this.stageText = p.stage_text;
    this.points = p.points.join('\n');
    this.queue = p.queue;
    this.worksheet = p.worksheet;
    this.shareSec = p.share_sec;
    this.shares = p.max_shares ? String(p.max_shares) : '';
  }

  get wire(): AgendaPart {
    return {
      type: this.type,
      title: this.title,
      planned_min: Number(this.minutes) || 0,
      prompt: oneLine(this.prompt),
      stage_text: oneLine(this.stageText),
      points: linesOf(this.points),
      queue: this.queue,
      worksheet: this.worksheet,
      share_sec: this.shareSec,
      max_shares: Number(this.shares) || 0,
    };
  }

  get problems() {
    return problemsOf(this.wire);
  }

  get wrong(): boolean {
    return Object.keys(this.problems).length > 0;
  }

  copy(): Part {
    return new Part(this.wire);
  }
}

/** Phones and screens wrap lines themselves. */
const oneLine = (s: string): string => s.replace(/\s+/g, ' ');

/** A new part of a type with its usual content, in the agenda's own language. */
export function freshPart(type: PartType, language: string): Part {
  const talks = ['check_in', 'share', 'answers', 'check_out'].includes(type);
  return new Part({
    type,
    title: (language === 'es' ? inSpanish : inEnglish).types[type],
    planned_min: 5,
    prompt: '',
    stage_text: '',
    points: [],
    queue: talks,
    worksheet: type === 'write' ? 'entry' : 'none',
    share_sec: type === 'share' ? 120 : talks ? 60 : 0,
    max_shares: 0,
  });
}
