// Made by `make gen` from the table in server/wire/room_commands.go; not to be edited.

import type { Expect } from './wire';

/** A command of the room: what a page may ask, and what it takes. */
export type Command =
  | { do: 'admit'; with: { member: string }; expect?: Expect }
  | { do: 'admit_all'; expect?: Expect }
  | { do: 'admit_by_hand'; with?: { on?: boolean }; expect?: Expect }
  | { do: 'away'; expect?: Expect }
  | { do: 'back'; expect?: Expect }
  | { do: 'calm'; expect?: Expect }
  | { do: 'caught_up'; expect?: Expect }
  | { do: 'check_done'; with: { member: string }; expect?: Expect }
  | { do: 'clock'; expect?: Expect }
  | { do: 'end'; expect?: Expect }
  | { do: 'extend'; with: { seconds: number }; expect: Expect }
  | { do: 'go'; with: { segment: number }; expect: Expect }
  | { do: 'guests_listen'; with?: { on?: boolean }; expect?: Expect }
  | { do: 'handover'; with: { member: string }; expect?: Expect }
  | { do: 'help'; expect?: Expect }
  | { do: 'help_done'; with: { tap: string }; expect?: Expect }
  | { do: 'help_take'; with: { tap: string }; expect?: Expect }
  | { do: 'here'; with?: { whereabouts?: string }; expect?: Expect }
  | { do: 'lock'; expect?: Expect }
  | { do: 'lower'; expect?: Expect }
  | { do: 'next'; expect: Expect }
  | { do: 'note'; with?: { text?: string }; expect?: Expect }
  | { do: 'open'; expect?: Expect }
  | { do: 'pass'; expect?: Expect }
  | { do: 'pause'; expect?: Expect }
  | { do: 'pulse'; with: { pulse: string; value: number }; expect?: Expect }
  | { do: 'pulse_close'; expect?: Expect }
  | { do: 'pulse_open'; with: { kind: 'scale' | 'words' | 'replies'; words?: string[]; tag: 'start' | 'end' | 'other' }; expect?: Expect }
  | { do: 'pulse_show'; with?: { on?: boolean }; expect?: Expect }
  | { do: 'queue_add'; with: { member: string }; expect?: Expect }
  | { do: 'queue_close'; expect?: Expect }
  | { do: 'queue_move'; with: { turn: string; to: number; reason: 'asked' | 'has_to_leave' | 'not_ready' | 'first_time' | 'other' }; expect?: Expect }
  | { do: 'queue_open'; expect?: Expect }
  | { do: 'queue_round'; expect?: Expect }
  | { do: 'raise'; expect?: Expect }
  | { do: 'readmit'; with: { member: string }; expect?: Expect }
  | { do: 'readmit_all'; expect?: Expect }
  | { do: 'ready'; with?: { on?: boolean }; expect?: Expect }
  | { do: 'ready_reset'; expect?: Expect }
  | { do: 'remove'; with: { member: string; reason: 'asked' | 'ground_rules' | 'safety' | 'wrong_room' | 'other' }; expect?: Expect }
  | { do: 'remove_since'; with: { since: number; reason: 'asked' | 'ground_rules' | 'safety' | 'wrong_room' | 'other' }; expect?: Expect }
  | { do: 'reorder'; with: { order: number[] }; expect: Expect }
  | { do: 'resume'; expect?: Expect }
  | { do: 'skip'; with: { segment: number; on?: boolean }; expect: Expect }
  | { do: 'start'; expect?: Expect }
  | { do: 'status'; with: { writing: boolean; saved: boolean }; expect?: Expect }
  | { do: 'take_over'; expect?: Expect }
  | { do: 'talk_after'; with?: { on?: boolean }; expect?: Expect }
  | { do: 'talk_done'; with: { member: string }; expect?: Expect }
  | { do: 'trio_round'; with?: { round?: number }; expect?: Expect }
  | { do: 'trios'; expect?: Expect }
  | { do: 'turn_close'; expect?: Expect }
  | { do: 'turn_end'; expect?: Expect }
  | { do: 'turn_pause'; expect?: Expect }
  | { do: 'turn_start'; with?: { turn?: string }; expect?: Expect }
  | { do: 'turn_undo'; expect?: Expect }
  | { do: 'uncalm'; expect?: Expect }
  | { do: 'unlock'; expect?: Expect }
  | { do: 'word'; with: { word: string }; expect?: Expect }
  | { do: 'word_close'; expect?: Expect }
  | { do: 'word_mute'; with: { member: string; on?: boolean }; expect?: Expect }
  | { do: 'word_open'; expect?: Expect }
  | { do: 'word_show'; with: { said: string[]; on?: boolean }; expect?: Expect };
