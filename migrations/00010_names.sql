-- One word for one idea (the glossary in CONTRIBUTING.md). Only names change: policies, grants, foreign
-- keys and rows follow. A node of the version before does not find the old names.

-- +goose Up

-- "Tell my counselor": only that a person asks, not why.
alter table call rename to talk_request;
alter index call_open_once rename to talk_request_open_once;
alter table talk_request rename constraint call_pkey to talk_request_pkey;
alter table talk_request rename constraint call_facility_id_fkey to talk_request_facility_id_fkey;
alter table talk_request rename constraint call_facility_id_member_id_fkey to talk_request_facility_id_member_id_fkey;

-- Where a person says they are: "place" also named a position in the queue and a seat.
alter table room_here rename column place to whereabouts;
alter table room_here rename constraint room_here_place_check to room_here_whereabouts_check;
alter function app.sweep_places() rename to sweep_whereabouts;

-- +goose Down
select 1;
