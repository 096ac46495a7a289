-- The devices on which a person is signed in: what kind each is, as its browser says, and until when its
-- person has seen the list. Nothing else about a device is stored.

-- +goose Up
alter table signin
  add column device text check (device in ('phone', 'tablet', 'computer')),
  add column noted_at timestamptz;

-- +goose Down
select 1;
