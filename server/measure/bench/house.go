package bench

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

// House is the measured facility: created with an admin slip, or the demo's.
type House struct {
	Base, Origin string
	Admin        *client.Client
	// Leads facilitate every workshop; the first is its lead.
	Leads []*client.Client
	// People are participants of the cohort.
	People []*client.Client
	// Writer is the account of the first of People, who saves worksheets.
	Writer *client.Account
	// Members are the ids of all leads, then of all people.
	Members []string

	cohort string
	leads  []string
	run    string
}

// Staffing is how many accounts a House has. Each costs a password hash on client and server.
type Staffing struct{ Leads, People int }

// ErrNotOurs prevents loads on other people's servers.
var ErrNotOurs = errors.New("this address is not loopback. A load on somebody else's server is an attack; if the server is yours, say --my-own-server")

// CheckTarget refuses addresses that are not loopback, unless the operator says that the server is
// theirs.
func CheckTarget(base string, mine bool) error {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" {
		return errors.New("the address is like http://127.0.0.1:8080")
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	if mine || host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback() {
		return nil
	}
	return ErrNotOurs
}

// MoveTo sends all later requests to another node of the same facility.
func (h *House) MoveTo(base string) {
	h.Base = base
	for _, c := range append(append([]*client.Client{h.Admin}, h.Leads...), h.People...) {
		c.Base = base
	}
}

func connect(base, origin string) *client.Client {
	c := client.New(base)
	c.Origin = origin
	return c
}

// Found creates a House with an admin slip: admin, cohort, leads and people.
func Found(ctx context.Context, base, origin, slip string, staff Staffing) (*House, error) {
	var raw [4]byte
	if _, err := rand.Read(raw[:]); err != nil {
		return nil, fmt.Errorf("draw a name: %w", err)
	}
	h := &House{Base: base, Origin: origin, run: hex.EncodeToString(raw[:])}
	h.Admin = connect(base, origin)
	if _, err := h.join(ctx, h.Admin, slip, "admin"); err != nil {
		return nil, err
	}
	today := time.Now()
	var cohort wire.Created
	made := wire.CohortRequest{Name: "Load " + h.run, StartsOn: today.AddDate(0, 0, -1).Format(time.DateOnly), EndsOn: today.AddDate(0, 1, 0).Format(time.DateOnly), Capacity: 12}
	if err := h.Admin.Do(ctx, "POST", "/cohorts", made, &cohort); err != nil {
		return nil, fmt.Errorf("make a cohort: %w", err)
	}
	h.cohort = cohort.ID
	for i := range staff.Leads + staff.People {
		role := "counselor"
		if i >= staff.Leads {
			role = "participant"
		}
		if err := h.hire(ctx, role, fmt.Sprintf("%s%d", role, i)); err != nil {
			return nil, err
		}
	}
	return h, nil
}

func (h *House) hire(ctx context.Context, role, name string) error {
	var slips wire.NewSlips
	invite := wire.InviteRequest{Roles: []string{role}, Cohort: h.cohort, Count: 1, Language: "en", Days: 1}
	if err := h.Admin.Do(ctx, "POST", "/invitations", invite, &slips); err != nil {
		return fmt.Errorf("invite a %s: %w", role, err)
	}
	c := connect(h.Base, h.Origin)
	account, err := h.join(ctx, c, slips.Slips[0].Code, name)
	if err != nil {
		return err
	}
	member := id.From[id.Member](account.Acct).String()
	h.Members = append(h.Members, member)
	if role == "counselor" {
		h.Leads, h.leads = append(h.Leads, c), append(h.leads, member)
		return nil
	}
	if h.Writer == nil {
		h.Writer = account
	}
	h.People = append(h.People, c)
	return nil
}

func (h *House) join(ctx context.Context, c *client.Client, slip, name string) (*client.Account, error) {
	var secret [12]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return nil, fmt.Errorf("draw a password: %w", err)
	}
	handle, password := "load-"+h.run+"-"+name, hex.EncodeToString(secret[:])
	account, err := c.SignUp(ctx, slip, handle, "Load "+name, "en", password)
	if err != nil {
		return nil, fmt.Errorf("sign up %s: %w", name, err)
	}
	if err := c.LogIn(ctx, handle, password); err != nil {
		return nil, fmt.Errorf("sign in %s: %w", name, err)
	}
	return account, nil
}

// Visit signs in as people of a running demo, whose secrets its start page publishes.
func Visit(ctx context.Context, base string) (*House, error) {
	var all wire.DemoPeople
	if err := client.New(base).Do(ctx, "GET", "/demo/people", nil, &all); err != nil {
		return nil, fmt.Errorf("this is no demo; give the code of an admin slip with --slip (amends facility create prints one): %w", err)
	}
	h := &House{Base: base, Origin: base}
	for _, p := range all.People {
		address, fragment, _ := strings.Cut(p.URL, "#")
		secrets, err := url.ParseQuery(fragment)
		at, err2 := url.Parse(address)
		if err != nil || err2 != nil {
			return nil, errors.New("the demo's start page has another form")
		}
		if err := h.visitAs(ctx, p.Role, at.Scheme+"://"+at.Host, secrets); err != nil {
			return nil, err
		}
	}
	if h.Admin == nil || len(h.Leads) == 0 {
		return nil, errors.New("the demo has no admin or no counselor")
	}
	var cohorts wire.Cohorts
	if err := h.Admin.Do(ctx, "GET", "/cohorts", nil, &cohorts); err != nil {
		return nil, fmt.Errorf("read the cohorts: %w", err)
	}
	if len(cohorts.Cohorts) == 0 {
		return nil, errors.New("the demo has no cohort")
	}
	h.cohort = cohorts.Cohorts[0].ID
	return h, nil
}

// visitAs signs in as the first person of each role that a load needs.
func (h *House) visitAs(ctx context.Context, role, origin string, secrets url.Values) error {
	admin, lead := role == "admin" && h.Admin == nil, role == "counselor" && len(h.Leads) == 0
	if !admin && !lead {
		return nil
	}
	c := connect(h.Base, origin)
	if err := c.LogIn(ctx, secrets.Get("name"), secrets.Get("password")); err != nil {
		return fmt.Errorf("sign in to the demo: %w", err)
	}
	if admin {
		h.Admin = c
		return nil
	}
	var me wire.Me
	if err := c.Do(ctx, "GET", "/me", nil, &me); err != nil {
		return fmt.Errorf("read who the counselor is: %w", err)
	}
	h.Leads, h.leads = append(h.Leads, c), append(h.leads, me.Member)
	return nil
}

// Plan schedules a workshop that starts now and returns its id.
func (h *House) Plan(ctx context.Context) (string, error) {
	var made wire.Created
	plan := wire.ScheduleRequest{Title: "Load", Cohort: h.cohort, Starts: time.Now().UTC().Format(wire.LocalTime), Agenda: "step9-60", Language: "en",
		Lead: h.leads[0], Counselors: h.leads[1:], Capacity: 12}
	if err := h.Admin.Do(ctx, "POST", "/workshops", plan, &made); err != nil {
		return "", fmt.Errorf("schedule a workshop: %w", err)
	}
	return made.ID, nil
}

// Stage connects a screen with a workshop. Any number of sockets may show one stage.
func (h *House) Stage(ctx context.Context, workshop string) (*client.Client, error) {
	var made wire.StageCode
	if err := h.Leads[0].Do(ctx, "POST", "/workshops/"+workshop+"/stage-code", nil, &made); err != nil {
		return nil, fmt.Errorf("make a stage code: %w", err)
	}
	c := connect(h.Base, h.Origin)
	if err := c.Do(ctx, "POST", "/stage/connect", wire.ConnectRequest{Code: made.Code}, nil); err != nil {
		return nil, fmt.Errorf("connect a stage: %w", err)
	}
	return c, nil
}

// RoomDoor describes how to open a client's socket.
func RoomDoor(c *client.Client, workshop string) (Doorway, error) {
	base, err := url.Parse(c.Base)
	if err != nil {
		return Doorway{}, fmt.Errorf("read the address: %w", err)
	}
	if base.Scheme != "http" {
		return Doorway{}, errors.New("the load speaks plain http only: measure behind the TLS proxy")
	}
	var cookies []string
	for _, k := range c.HTTP.Jar.Cookies(base) {
		cookies = append(cookies, k.Name+"="+k.Value)
	}
	header := http.Header{"Origin": {c.Origin}, "Cookie": {strings.Join(cookies, "; ")}, "Sec-Websocket-Protocol": {wire.Subprotocol}}
	maps.Copy(header, c.Header)
	address := base.Host
	if base.Port() == "" {
		address += ":80"
	}
	return Doorway{Address: address, Host: base.Host, Path: "/api/v1/rooms/" + workshop + "/socket", Header: header}, nil
}
