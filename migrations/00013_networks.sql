-- Places of open meetings by network (decision 0026). Rule: an address is never stored. A network is a
-- keyed hash that differs for each meeting, and is emptied with the guest's name or the meeting.

-- +goose Up

alter table guest
  add column network bytea check (length(network) = 16),
  -- The larger network that an IPv6 network is part of.
  add column site bytea check (length(site) = 16),
  -- Too many came from there: a counselor must let this guest in.
  add column crowd boolean not null default false;

-- The network that a facilitator connected from; null for everybody else.
alter table room_seen add column network bytea check (length(network) = 16);

-- +goose Down
select 1;
