// Package config is the only reader of the environment. It reports all missing or wrong variables at
// once, by name, never by value.
package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"strings"

	"github.com/caarlos0/env/v11"
)

// Config is every setting. Its tags generate deploy/ENVIRONMENT.md.
type Config struct {
	DatabaseURL        string         `env:"DATABASE_URL" secret:"true" doc:"Postgres as the role app of deploy/postgres-roles.sql. Needed by serve, facility and doctor."`
	MigrateDatabaseURL string         `env:"MIGRATE_DATABASE_URL" secret:"true" doc:"Postgres as the role migrator. Needed by migrate only; the server must not have it."`
	RedisURL           string         `env:"REDIS_URL" secret:"true" doc:"Redis, as redis://, rediss:// or unix://. Needed by serve. Nothing durable lives in it."`
	SecretsDir         string         `env:"SECRETS_DIR" doc:"Folder made by amends secrets new. Needed by serve and facility. Back it up apart from the database: without it nobody signs in and every worksheet is gone."`
	CheckpointDir      string         `env:"CHECKPOINT_DIR" doc:"Folder for the signed checkpoints of the audit log, with mode 700, not in SECRETS_DIR and not where the database is: best on another disk. Needed by serve; doctor looks at it, audit verify compares with it. Each machine has one of its own. The server goes on without it when it cannot be written, and says so in its log. Copy it to another machine now and then: who takes over this one can change both."`
	PublicURL          string         `env:"PUBLIC_URL" doc:"How phones reach this server, such as https://meet.example.org, without a slash at its end. Needed by serve and facility. It must be https: browsers offer no cryptography on plain http."`
	Listen             string         `env:"LISTEN" envDefault:":8080" doc:"Address and port to listen on, behind a proxy that does TLS."`
	HealthListen       string         `env:"HEALTH_LISTEN" envDefault:"127.0.0.1:8081" doc:"Loopback address and port where /healthz, /readyz and /version answer too, for probes on this machine: a flood of connections on LISTEN does not reach it. Give each process on a machine its own, or off. A port that is taken is reported in the log, and the process goes on without it."`
	TrustedProxies     []netip.Prefix `env:"TRUSTED_PROXIES" doc:"Addresses from which your own proxies connect, each with its length: 127.0.0.1/32,::1/128 for one on this machine. Only their X-Forwarded-For counts, and they must set it. What any other proxy forwards is refused with proxy.unknown: without the clients' addresses, one stranger's wrong guesses would lock everybody out."`
	DatabaseConns      int32          `env:"DATABASE_CONNS" envDefault:"8" doc:"Connections to Postgres, made at start and kept."`
	RateLimits         string         `env:"RATE_LIMITS" envDefault:"on" doc:"on, or off to measure this server on this machine. off is refused unless LISTEN and PUBLIC_URL are both loopback. While off, SIGUSR1 runs a garbage collection and logs the live memory."`
	MaxConnections     int            `env:"MAX_CONNECTIONS" envDefault:"0" doc:"Maximum of open connections, sockets included. 0 takes as many as the limit of open files allows beside Postgres and Redis, at most 16384. At the maximum, the connection that was idle longest is closed for a new one."`
	BodyMemoryMB       int64          `env:"BODY_MEMORY_MB" envDefault:"64" doc:"Memory for request bodies in transit, in megabytes, 16 or more; an eighth more is for people who are not signed in. When it is used up, saving is answered with 503 and retried."`
	PostgresBin        string         `env:"AMENDS_POSTGRES_BIN" doc:"Folder with initdb and postgres for the demo, when they are not found by themselves."`
	DemoListen         string         `env:"AMENDS_DEMO_LISTEN" envDefault:"127.0.0.1:8080" doc:"Where the demo listens; loopback only."`
	SudoUser           string         `env:"SUDO_USER" doc:"Set by sudo; the demo's database may run as this user."`
}

// Read reads the environment. A secret may be in a file instead, named by the same variable with the
// suffix _FILE.
func Read() (Config, error) {
	values := env.ToMap(os.Environ())
	if err := readFiles(values); err != nil {
		return Config{}, err
	}
	var c Config
	if err := env.ParseWithOptions(&c, env.Options{Environment: values}); err != nil {
		return Config{}, fmt.Errorf("invalid environment: %s", names(err))
	}
	return c, nil
}

// names extracts the wrong variables' names from an error, and drops the values it would quote.
func names(err error) string {
	var wrong []string
	for _, field := range fields() {
		if strings.Contains(err.Error(), `"`+field.Name+`"`) {
			wrong = append(wrong, field.Tag.Get("env"))
		}
	}
	return strings.Join(wrong, ", ") + " cannot be read"
}

func readFiles(values map[string]string) error {
	for _, f := range fields() {
		name := f.Tag.Get("env")
		path := values[name+"_FILE"]
		if f.Tag.Get("secret") == "" || path == "" {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("%s_FILE names a file that cannot be read", name)
		}
		values[name] = strings.TrimSpace(string(text))
	}
	return nil
}

func fields() []reflect.StructField {
	t := reflect.TypeFor[Config]()
	out := make([]reflect.StructField, t.NumField())
	for i := range out {
		out[i] = t.Field(i)
	}
	return out
}

// Need returns one error that names every listed variable that is not set.
func (c Config) Need(names ...string) error {
	var missing []string
	v := reflect.ValueOf(c)
	for i, f := range fields() {
		for _, name := range names {
			if f.Tag.Get("env") == name && v.Field(i).IsZero() {
				missing = append(missing, name)
			}
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s must be set; deploy/ENVIRONMENT.md says what each is for", strings.Join(missing, ", "))
	}
	return nil
}

// Public checks PUBLIC_URL and reports whether it is https. Plain http is for loopback only.
func (c Config) Public() (secure bool, err error) {
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return false, fmt.Errorf("PUBLIC_URL is an address like https://meet.example.org, without a path")
	}
	host := u.Hostname()
	if u.Scheme == "http" && host != "localhost" && host != "127.0.0.1" && !strings.HasSuffix(host, ".localhost") {
		return false, fmt.Errorf("PUBLIC_URL must be https: phones refuse cryptography on plain http (put a TLS proxy in front, see deploy/Caddyfile, nginx.conf or haproxy.cfg)")
	}
	return u.Scheme == "https", nil
}

// Document generates deploy/ENVIRONMENT.md.
func Document() string {
	var b strings.Builder
	b.WriteString("# Environment\n\nMade by `make gen` from `server/config`. Every secret may come from a file instead: the same name with `_FILE` at its end.\n\n| variable | default | what it is for |\n| --- | --- | --- |\n")
	for _, f := range fields() {
		if f.Tag.Get("env") == "SUDO_USER" {
			continue
		}
		name := "`" + f.Tag.Get("env") + "`"
		if f.Tag.Get("secret") != "" {
			name += " (secret)"
		}
		standard := f.Tag.Get("envDefault")
		if standard != "" {
			standard = "`" + standard + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name, standard, f.Tag.Get("doc"))
	}
	return b.String()
}
