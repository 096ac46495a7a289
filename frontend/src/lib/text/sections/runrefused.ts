import { section } from '../text.svelte';

// What the room refuses to counselors only, by the code of the refusal.
export const en = {
  'room.last_segment': 'This is the last part. You can end the workshop.',
  'room.hard_cap': 'The room holds as many people as it can.',
  'room.never_skipped': 'This part always takes place.',
  'room.order': 'The agenda has changed. Please look at it again.',
  'room.part_begun': 'This part has begun already.',
  'queue.empty': 'Nobody waits to speak.',
  'turn.none': 'Nobody speaks right now.',
  'turn.busy': 'Someone speaks right now.',
  'turn.undo_over': 'You cannot take this back any more.',
  'lead.here': 'The lead is in the room. They can hand over to you.',
  'lead.only': 'Only the lead can hand over.',
  'lead.not_named': 'This person is not named as a counselor of this workshop.',
  'pulse.open': 'A question is open already. Close it first.',
  'pulse.few': 'There are too few answers to show.',
  'pulse.many': 'There have been enough questions in this workshop.',
  'trio.too_few': 'A practice group needs two people.',
  'trio.none': 'There are no practice groups yet.',
  'trio.last_round': 'This was the last round.',
};

export const es: typeof en = {
  'room.last_segment': 'Esta es la última parte. Puedes terminar el taller.',
  'room.hard_cap': 'En la sala no cabe nadie más.',
  'room.never_skipped': 'Esta parte se hace siempre.',
  'room.order': 'El plan cambió. Míralo otra vez.',
  'room.part_begun': 'Esta parte ya empezó.',
  'queue.empty': 'Nadie espera para hablar.',
  'turn.none': 'Nadie habla ahora.',
  'turn.busy': 'Alguien habla ahora.',
  'turn.undo_over': 'Esto ya no se puede deshacer.',
  'lead.here': 'Quien guía está en la sala. Te puede pasar la guía.',
  'lead.only': 'Solo quien guía puede pasar la guía.',
  'lead.not_named': 'Esta persona no es consejera de este taller.',
  'pulse.open': 'Ya hay una pregunta abierta. Ciérrala antes.',
  'pulse.few': 'Hay muy pocas respuestas para verlas.',
  'pulse.many': 'Ya hubo muchas preguntas en este taller.',
  'trio.too_few': 'Un grupo de práctica es de dos o más.',
  'trio.none': 'Aún no hay grupos de práctica.',
  'trio.last_round': 'Esa fue la última ronda.',
};

export const runRefusedText = section(en, es);
