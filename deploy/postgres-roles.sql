-- The database roles of Amends. Run once per database, as a superuser, from psql:
--
--   psql -d amends -v migrator_password="'...'" -v app_password="'...'" \
--        -v sweeper_password="'...'" -v backup_password="'...'" -f deploy/postgres-roles.sql
--
-- The quotes inside the quotes are part of the value. Running it again changes the passwords
-- and nothing else.
--
-- migrator  owns the schema; only `amends migrate` uses it (MIGRATE_DATABASE_URL)
-- app       what the server uses (DATABASE_URL): no superuser, no BYPASSRLS, owns nothing
-- sweeper   deletes by retention; cannot read a sealed byte
-- backup    reads everything sealed as it is, for dumps

select format('create role %I', r) from unnest(array['migrator', 'app', 'sweeper', 'backup']) r
  where not exists (select 1 from pg_roles where rolname = r) \gexec

alter role migrator login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password :migrator_password;
alter role app login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password :app_password;
alter role sweeper login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password :sweeper_password;
alter role backup login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password :backup_password;

select format('grant connect, create on database %I to migrator', current_database()) \gexec
select format('revoke all on database %I from public', current_database()) \gexec
select format('grant connect on database %I to app, sweeper, backup', current_database()) \gexec
alter schema public owner to migrator;
