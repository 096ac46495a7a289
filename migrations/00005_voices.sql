-- Texts that a counselor sends to a room. Rules: only people in the room see them; the note is deleted
-- in the transaction that ends the workshop, the words of pulses with the workshop. Answers to pulses
-- are in no table.

-- +goose Up

create table room_note (
  facility_id uuid not null,
  workshop_id uuid not null,
  note_id uuid not null,
  text text not null check (length(text) between 1 and 240),
  primary key (facility_id, workshop_id),
  foreign key (facility_id, workshop_id) references workshop (facility_id, id) on delete cascade
);

create table room_pulse (
  facility_id uuid not null,
  workshop_id uuid not null,
  pulse_id uuid not null,
  words text[] not null check (cardinality(words) between 2 and 6),
  primary key (facility_id, workshop_id, pulse_id),
  foreign key (facility_id, workshop_id) references workshop (facility_id, id) on delete cascade
);

-- +goose StatementBegin
do $$
declare t text;
begin
  foreach t in array array['room_note', 'room_pulse']
  loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant on %I as restrictive for all to app using (facility_id = (select app.fid())) with check (facility_id = (select app.fid()))', t);
    execute format('create policy room on %I for all to app using (workshop_id = (select app.wid())) with check (workshop_id = (select app.wid()))', t);
    execute format('create policy keep on %I for select to backup using (true)', t);
  end loop;
end $$;
-- +goose StatementEnd

grant select, insert, update, delete on room_note to app;
grant select, insert on room_pulse to app;
grant select on room_note, room_pulse to backup;

-- +goose Down
select 1;
