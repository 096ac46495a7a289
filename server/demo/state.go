package demo

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"amends/frontend"
	"amends/server/httpapi"
	"amends/server/keys"
	"amends/server/postgres"
	"amends/server/wire"
)

// State is what the demo keeps between starts: the secrets of made-up people. It is stored in the data
// folder, readable only by its owner.
type State struct {
	path string
	// Passwords are those of the database roles.
	Passwords map[string]string `json:"passwords"`
	Facility  string            `json:"facility"`
	Accounts  []Account         `json:"accounts"`
	Cohort    string            `json:"cohort"`
}

// Account is one seeded person, with the secrets that a real person would keep.
type Account struct {
	Handle   string `json:"handle"`
	Name     string `json:"name"`
	Role     string `json:"role"`
	Member   string `json:"member"`
	Password string `json:"password"`
	Words    string `json:"words"`
}

// Load reads the state of a data folder, or returns an empty one.
func Load(folder string) (*State, error) {
	s := &State{path: filepath.Join(folder, "demo.json"), Passwords: map[string]string{}}
	text, err := os.ReadFile(s.path)
	if err == nil {
		if err := json.Unmarshal(text, s); err != nil {
			return nil, fmt.Errorf("%s is damaged; remove the data folder to start the demo anew: %w", s.path, err)
		}
		return s, nil
	}
	if !os.IsNotExist(err) {
		return nil, fmt.Errorf("read the demo's state: %w", err)
	}
	for _, role := range postgres.Roles() {
		if s.Passwords[role], err = secret(); err != nil {
			return nil, err
		}
	}
	return s, s.save()
}

func (s *State) save() error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("write the demo's state: %w", err)
	}
	fresh := s.path + ".new"
	if err := os.WriteFile(fresh, text, 0o600); err != nil {
		return fmt.Errorf("write the demo's state: %w", err)
	}
	return os.Rename(fresh, s.path)
}

func secret() (string, error) {
	b := make([]byte, 15)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("draw a password: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// Secrets reads the demo's server secrets, generating them the first time.
func Secrets(folder string) (keys.Secrets, error) {
	dir := filepath.Join(folder, "secrets")
	if _, err := os.Stat(filepath.Join(dir, keys.DemoFile)); os.IsNotExist(err) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return keys.Secrets{}, fmt.Errorf("make the secrets folder: %w", err)
		}
		files, err := keys.NewSecrets(rand.Reader, time.Now())
		if err != nil {
			return keys.Secrets{}, err
		}
		files[keys.DemoFile] = []byte("These secrets belong to the demo.\n")
		for _, name := range []string{keys.PepperFile, keys.EnumerationFile, keys.AuditFile, keys.KeyringFile, keys.DemoFile} {
			if err := os.WriteFile(filepath.Join(dir, name), files[name], 0o600); err != nil {
				return keys.Secrets{}, fmt.Errorf("write a secret: %w", err)
			}
		}
	}
	return keys.ReadFolder(dir)
}

// Origins returns the exact origins of the start page and of each person.
func Origins(listen string) (start string, all []string) {
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		port = "8080"
	}
	start = "http://localhost:" + port
	all = []string{"http://127.0.0.1:" + port}
	for _, p := range people() {
		all = append(all, originOf(p.handle, port))
	}
	all = append(all, originOf("stage", port), originOf("new", port))
	return start, all
}

func originOf(handle, port string) string { return "http://" + handle + ".localhost:" + port }

// Pages are the demo's own pages: the start page, and the one that signs a person in on their origin.
func (s *State) Pages(listen string) *httpapi.Demo {
	out := &httpapi.Demo{People: s.people(listen), Files: frontend.DemoFiles(), StartHosts: []string{"localhost", "127.0.0.1"}}
	for _, a := range s.Accounts {
		out.PersonHosts = append(out.PersonHosts, a.Handle+".localhost")
	}
	return out
}

// people returns one link per person, with the secrets in the URL fragment, which no server receives.
func (s *State) people(listen string) wire.DemoPeople {
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		port = "8080"
	}
	out := wire.DemoPeople{Facility: facilityName, People: []wire.DemoPerson{}, Stage: originOf("stage", port) + "/stage/connect"}
	for _, a := range s.Accounts {
		fragment := url.Values{"name": {a.Handle}, "password": {a.Password}, "card": {a.Words}}.Encode()
		out.People = append(out.People, wire.DemoPerson{Name: a.Name, Role: a.Role, URL: originOf(a.Handle, port) + httpapi.DemoOpen + "#" + fragment})
	}
	return out
}
