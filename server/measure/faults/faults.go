// Package faults injects into a running Amends every fault it must survive, while people talk in a
// room, and then checks the whole history: nothing lost, nothing duplicated, one order.
//
// Rules: the servers and the faults are real, every wait is bounded, and processes are ended by id,
// never by name. It runs on one machine and leaves nothing behind. It is not part of `make test`, which
// only proves that its checker detects violations.
package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"amends/server/measure/stand"
)

// Options of a run. Page gets the table and Readme the short text; an empty name writes nothing.
type Options struct {
	Page, Readme string
	// RedisDown is how long Redis is stopped; Keep keeps the folder with the logs.
	RedisDown time.Duration
	Keep      bool
	// Only runs the acts and drills whose name contains it; empty runs all of them, and the full disk.
	Only string
}

// Run injects all faults, checks the history, prints the table and writes the requested files.
func Run(ctx context.Context, o Options) error {
	facts, began := stand.Machine(), time.Now()
	folder, err := os.MkdirTemp("", "amends-faults-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	if o.Keep {
		fmt.Println("logs:", folder)
	} else {
		defer os.RemoveAll(folder)
	}
	binary := filepath.Join(folder, "amends")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/amends").CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	var scenes []scene
	p, events, found := &play{theatre: &theatre{}}, 0, findings{}
	if list := slices.DeleteFunc(acts(o.RedisDown), func(a act) bool { return !matches(a.name, o.Only) }); len(list) > 0 {
		if scenes, p, events, found, err = perform(ctx, binary, folder, list); err != nil {
			return err
		}
	}
	var further []string
	if p.halfOpen != nil {
		further = append(further, p.ghostWords())
	}
	further = append(further, p.codeWords())
	if o.Only == "" {
		disk, err := diskFull(ctx, binary)
		if err != nil {
			return err
		}
		further = append(further, disk)
	}
	attacks, err := runDrills(ctx, binary, o.Only)
	if err != nil {
		return err
	}
	further = append(further, drillWords(attacks))
	facts = fmt.Sprintf("%s %.0f minutes.", facts, time.Since(began).Minutes())
	text := report(facts, scenes, p.calls, p.paths(), events, found, further)
	fmt.Println(text)
	for _, word := range found.Words {
		fmt.Println("!", word)
	}
	for path, section := range map[string]string{o.Page: text, o.Readme: short(facts, scenes, p.calls, events, found) + shortDrills(attacks)} {
		if path == "" {
			continue
		}
		if err := stand.WriteSection(path, "faults", section); err != nil {
			return err
		}
	}
	all := []error{verdict(scenes, p.calls, found), p.ghostVerdict()}
	for _, a := range attacks {
		all = append(all, a.verdict())
	}
	return errors.Join(all...)
}

// perform runs the acts on one stand and checks the history.
func perform(ctx context.Context, binary, folder string, list []act) (scenes []scene, p *play, events int, found findings, err error) {
	s, err := stand.New(ctx, binary, folder)
	if err != nil {
		return nil, nil, 0, found, err
	}
	defer s.Close()
	p = &play{stand: s, cast: wholeCast}
	if p.balancer, err = newBalancer(stand.Readyz); err != nil {
		return nil, nil, 0, found, err
	}
	defer func(p *play) { p.end() }(p)
	watching, leave := context.WithCancel(ctx)
	if p.theatre, err = newTheatre(watching); err != nil {
		leave()
		return nil, nil, 0, found, err
	}
	theatre := p.theatre
	defer func() { leave(); theatre.close() }()
	if err = p.open(ctx); err != nil {
		return nil, nil, 0, found, err
	}
	for _, a := range list {
		one, err := p.play(ctx, a)
		if err != nil {
			return nil, nil, 0, found, fmt.Errorf("%s: %w", a.name, err)
		}
		scenes = append(scenes, one)
	}
	p.awaitGhosts(ctx)
	events, found, err = p.judge(ctx)
	return scenes, p, events, found, err
}

// judge checks the whole history against the database.
func (p *play) judge(ctx context.Context) (events int, found findings, err error) {
	if err := p.comeAnew(ctx); err != nil {
		return 0, found, err
	}
	truth, err := p.truth(ctx)
	if err != nil {
		return 0, found, err
	}
	h := history{Events: truth, Sightings: p.sightings}
	h.Last, _ = p.at()
	for _, c := range p.calls {
		h.Calls = append(h.Calls, c.call)
	}
	return len(truth), check(h), nil
}

// play runs one act while people talk, then waits until the room is quiet.
func (p *play) play(ctx context.Context, a act) (scene, error) {
	fmt.Fprintf(os.Stderr, "%s  %s\n", time.Now().Format("15:04:05"), a.name)
	if err := p.spread(ctx); err != nil {
		return scene{}, err
	}
	p.theatre.mu.Lock()
	p.back, p.resent = nil, 0
	p.theatre.mu.Unlock()
	s := scene{name: a.name, began: time.Now()}
	p.talk(ctx)
	note, err := a.do(ctx, p)
	if err == nil {
		err = sleep(ctx, 2*time.Second)
	}
	s.ended, s.note = time.Now(), note
	p.quiet()
	for _, one := range p.theatre.screens {
		one.thaw()
	}
	if err != nil {
		return s, err
	}
	switch err := p.calm(ctx, time.Minute); {
	case err == nil:
		s.rested = true
	case !errors.Is(err, errRestless):
		return s, err
	}
	p.theatre.mu.Lock()
	s.back, s.resent = p.back, p.resent
	p.theatre.mu.Unlock()
	return s, ctx.Err()
}

// spread reconnects everybody before an act: after the previous act some nodes may have no connections,
// and a fault of such a node would show nothing.
func (p *play) spread(ctx context.Context) error {
	for _, s := range p.theatre.screens {
		s.cut()
	}
	return p.calm(ctx, time.Minute)
}
