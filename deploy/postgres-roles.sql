-- The database roles of Amends. Run this once as a superuser in Amends' database; running it again only
-- sets the passwords. Passwords are passed as settings:
--
--   psql -d amends -c "set amends.migrator_password = '...'" -c "set amends.app_password = '...'" \
--        -c "set amends.sweeper_password = '...'" -c "set amends.backup_password = '...'" \
--        -f deploy/postgres-roles.sql
--
-- migrator  owns the schema; only `amends migrate` uses it (MIGRATE_DATABASE_URL)
-- app       used by the server (DATABASE_URL): not a superuser, no BYPASSRLS, owns nothing
-- sweeper   deletes by retention period; cannot read sealed content
-- backup    reads everything as it is stored, for dumps

do $$
declare
  name text;
  password text;
begin
  foreach name in array array['migrator', 'app', 'sweeper', 'backup'] loop
    password := current_setting('amends.' || name || '_password', true);
    if password is null or length(password) < 16 then
      raise exception 'the setting amends.%_password needs at least 16 characters', name;
    end if;
    if not exists (select 1 from pg_roles where rolname = name) then
      execute format('create role %I', name);
    end if;
    execute format('alter role %I login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password %L', name, password);
  end loop;
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect, create on database %I to migrator', current_database());
  execute format('grant connect on database %I to app, sweeper, backup', current_database());
end $$;

alter schema public owner to migrator;
