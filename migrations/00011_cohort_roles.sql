-- In which role a person is in a cohort. Rule: being in a cohort gives nobody a right over its people;
-- only role `staff` does, and only an admin or a slip gives it. Before, every counselor in a cohort
-- counted as its staff, also one who was there as a participant.

-- +goose Up

alter table cohort_member add column role text check (role in ('participant', 'mentor', 'staff'));

-- The rows of before, read the safe way: whoever could be a participant is one, even if they are a
-- counselor too, because nothing says that an admin meant them as staff. Whoever could be a mentor is
-- one, unless they are a counselor or admin who was named a facilitator of a workshop of this cohort.
-- All others hold no role but counselor or admin: they can only be staff. An admin sets another role
-- under People. With FORCE, row-level security would hide the rows from the table's owner too.
alter table cohort_member no force row level security;
alter table member_role no force row level security;
alter table workshop no force row level security;
alter table workshop_facilitator no force row level security;
update cohort_member c set role = case
  when exists (select 1 from member_role r where r.facility_id = c.facility_id and r.member_id = c.member_id and r.role = 'participant') then 'participant'
  when exists (select 1 from member_role r where r.facility_id = c.facility_id and r.member_id = c.member_id and r.role = 'mentor')
    and not (exists (select 1 from member_role r where r.facility_id = c.facility_id and r.member_id = c.member_id and r.role in ('counselor', 'admin'))
      and exists (select 1 from workshop_facilitator f join workshop w on w.facility_id = f.facility_id and w.id = f.workshop_id
        where f.facility_id = c.facility_id and f.member_id = c.member_id and w.cohort_id = c.cohort_id)) then 'mentor'
  when exists (select 1 from member_role r where r.facility_id = c.facility_id and r.member_id = c.member_id and r.role in ('counselor', 'admin')) then 'staff'
  else 'participant' end;
-- Fails if one row was not reached.
alter table cohort_member alter column role set not null;
alter table cohort_member force row level security;
alter table member_role force row level security;
alter table workshop force row level security;
alter table workshop_facilitator force row level security;

-- +goose Down
select 1;
