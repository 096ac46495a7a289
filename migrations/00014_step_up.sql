-- When the person of a sign-in last proved that it is them: at the sign-in, and at each step-up. Sign-ins
-- from before count as not proved. (An update would reach no row: row-level security is forced here.)

-- +goose Up
alter table signin add column proved_at timestamptz not null default 'epoch';
alter table signin alter column proved_at drop default;

-- +goose Down
select 1;
