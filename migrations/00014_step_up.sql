-- When the person of a sign-in last proved that it is them: at the sign-in, and at each step-up.

-- +goose Up
alter table signin add column proved_at timestamptz;
update signin set proved_at = created_at;
alter table signin alter column proved_at set not null;

-- +goose Down
select 1;
