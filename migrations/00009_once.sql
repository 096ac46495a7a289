-- What was made once. The rule: an operation that makes something is named by a key of the
-- client, and the row of that key is written in the transaction of the act, so that either both
-- are there or neither. Of the answer nothing is kept but the id of what was made; of the
-- question a keyed hash. A day later the row is gone.

-- +goose Up

create table kept_act (
  facility_id uuid not null references facility (id),
  -- Another person's key is refused, so it is unique in the facility.
  key uuid not null,
  member_id uuid not null,
  operation text not null check (length(operation) between 1 and 60),
  asked bytea not null check (length(asked) = 32),
  -- Absent where the answer held more than an id: that is shown once.
  made uuid,
  at timestamptz not null,
  primary key (facility_id, key),
  foreign key (facility_id, member_id) references member (facility_id, id) on delete cascade
);
create index kept_act_by_member on kept_act (facility_id, member_id, at);
create index kept_act_by_time on kept_act (at);

alter table kept_act enable row level security;
alter table kept_act force row level security;
create policy tenant on kept_act as restrictive for all to app using (facility_id = (select app.fid())) with check (facility_id = (select app.fid()));
create policy own on kept_act for all to app using (member_id = (select app.uid())) with check (member_id = (select app.uid()));
create policy keep on kept_act for select to backup using (true);

grant select, insert, update (made), delete on kept_act to app;
grant select on kept_act to backup;

grant select (facility_id, at), delete on kept_act to sweeper;
create policy sweep_see on kept_act for select to sweeper using (true);
create policy sweep on kept_act for delete to sweeper using (at < now() - interval '24 hours');
create policy sweep_old on kept_act for all to migrator using (at < now() - interval '24 hours');

create function app.sweep_kept_acts() returns bigint
  language sql volatile security definer set search_path = pg_catalog, public
  as $$ with gone as (delete from public.kept_act k where k.at < now() - interval '24 hours' returning 1) select count(*) from gone $$;
revoke execute on function app.sweep_kept_acts() from public;
grant execute on function app.sweep_kept_acts() to app;

-- +goose Down
select 1;
