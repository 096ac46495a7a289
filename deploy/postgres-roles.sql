-- The database roles of Amends. Run this once as a superuser in Amends' database, and again when
-- `amends migrate` asks for it; running it again only sets the passwords and memberships. Passwords are
-- passed as settings:
--
--   psql -d amends -c "set amends.migrator_password = '...'" -c "set amends.app_password = '...'" \
--        -c "set amends.backup_password = '...'" -f deploy/postgres-roles.sql
--
-- migrator  owns the schema; only `amends migrate` uses it (MIGRATE_DATABASE_URL)
-- app       used by the server (DATABASE_URL): not a superuser, no BYPASSRLS, owns nothing
-- backup    reads everything as it is stored, for dumps
-- sweeper   owns the functions that delete by retention period, and nobody logs in as it: it sees ids
--           and times of rows whose time is over, and no content (decision 0024)

do $$
declare
  name text;
  password text;
begin
  foreach name in array array['migrator', 'app', 'backup'] loop
    password := current_setting('amends.' || name || '_password', true);
    if password is null or length(password) < 16 then
      raise exception 'the setting amends.%_password needs at least 16 characters', name;
    end if;
    if not exists (select 1 from pg_roles where rolname = name) then
      execute format('create role %I', name);
    end if;
    execute format('alter role %I login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password %L', name, password);
  end loop;
  if not exists (select 1 from pg_roles where rolname = 'sweeper') then
    create role sweeper;
  end if;
  alter role sweeper nologin nosuperuser nocreatedb nocreaterole noreplication nobypassrls password null;
  -- So that a migration can make the sweeper the owner of a function.
  grant sweeper to migrator;
  execute format('revoke all on database %I from public, sweeper', current_database());
  execute format('grant connect, create on database %I to migrator', current_database());
  execute format('grant connect on database %I to app, backup', current_database());
end $$;

alter schema public owner to migrator;
