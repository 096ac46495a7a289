package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"runtime"
	"strconv"
	"time"
)

// Options define one load. All of them are bounded; see Check.
type Options struct {
	Base, Origin string
	// Slip is an admin slip; empty uses a running demo.
	Slip string
	// Mine says that an address that is not loopback is the operator's own server.
	Mine bool
	// PID is the server's process; 0 finds it by its port.
	PID int
	// Live asks the server for its heap and stack size after a garbage collection, in bytes; nil skips
	// that. The collection changes the resident memory, so such a load reports no resident figure.
	Live func(ctx context.Context) (int64, error)
	// People listen; Rate is events per second, in bursts of Burst, for Length.
	People, Rate, Burst int
	Length              time.Duration
	// Guests makes the listeners guests of an open meeting, each with a personal view; otherwise they
	// are stage screens, which need no account.
	Guests bool
	// Stalled is how many of the people stop reading.
	Stalled int
	// Reconnect is how many people reconnect at once; 0 skips that.
	Reconnect int
	// Saves is how many worksheets of 20 KB are saved; 0 skips that.
	Saves int
	// FlushDir is a folder on the database's disk, in which to measure an fsync.
	FlushDir string
	// Say gets progress messages.
	Say io.Writer
}

// Maxima of a load: enough for the figures, too little to do harm.
const (
	maxPeople = 5000
	maxRate   = 2000
	maxLength = 2 * time.Minute
	maxSaves  = 500
)

// Check refuses loads beyond the maxima, and other people's servers.
func (o Options) Check() error {
	switch {
	case o.People < 1 || o.People > maxPeople || o.Reconnect < 0 || o.Reconnect > maxPeople:
		return fmt.Errorf("people are 1 to %d", maxPeople)
	case o.Rate < 1 || o.Rate > maxRate || o.Burst < 1 || o.Burst > o.Rate:
		return fmt.Errorf("events a second are 1 to %d, and a burst is no more than a second's", maxRate)
	case o.Length < time.Second || o.Length > maxLength:
		return fmt.Errorf("a load takes 1 s to %s", maxLength)
	case o.Stalled < 0 || o.Stalled >= o.People:
		return errors.New("somebody must be left who is not stalled")
	case o.Saves < 0 || o.Saves > maxSaves:
		return fmt.Errorf("worksheets are 0 to %d", maxSaves)
	}
	return CheckTarget(o.Base, o.Mine)
}

// Result holds one load's figures. Those that could not be measured are omitted.
type Result struct {
	People    int     `json:"people"`
	Rate      int     `json:"events_per_second"`
	Burst     int     `json:"burst"`
	Seconds   float64 `json:"seconds"`
	Stalled   int     `json:"stalled,omitempty"`
	Open      Spread  `json:"open"`
	Tally     Tally   `json:"deliveries"`
	Command   Spread  `json:"command"`
	FlushP50  float64 `json:"flush_p50_ms,omitempty"`
	CPUMicros float64 `json:"server_cpu_us_per_delivery,omitempty"`
	// CPUFrame is the same per written frame: one frame may carry several events.
	CPUFrame float64 `json:"server_cpu_us_per_frame,omitempty"`
	IdleKiB  float64 `json:"idle_connection_kib,omitempty"`
	// LiveKiB is the live memory (heap and stacks) of an idle connection; IdleKiB is the resident
	// memory.
	LiveKiB float64 `json:"live_connection_kib,omitempty"`
	// Back is the time of a peer from dialing until the whole view arrived.
	Back       *Back   `json:"reconnect,omitempty"`
	SaveMicros float64 `json:"save_cpu_us,omitempty"`
	Save       *Spread `json:"save,omitempty"`
}

// Back is the result of everybody reconnecting at once.
type Back struct {
	People int     `json:"people"`
	Errors int     `json:"errors"`
	AllMs  float64 `json:"all_ms"`
	Each   Spread  `json:"each"`
}

// Run creates the people it needs and measures. It ends by itself or with ctx.
func Run(ctx context.Context, o Options) (Result, error) {
	if err := o.Check(); err != nil {
		return Result{}, err
	}
	if o.Origin == "" {
		o.Origin = o.Base
	}
	o.say("making people")
	var h *House
	var err error
	if o.Slip == "" {
		h, err = Visit(ctx, o.Base)
	} else {
		h, err = Found(ctx, o.Base, o.Origin, o.Slip, Staffing{Leads: 1, People: min(1, o.Saves)})
	}
	if err != nil {
		return Result{}, err
	}
	return h.Measure(ctx, o)
}

func (o Options) say(format string, args ...any) {
	if o.Say != nil {
		fmt.Fprintf(o.Say, format+"\n", args...)
	}
}

// process finds the server's process on this machine; nil when it runs elsewhere.
func (o Options) process() *Process {
	if o.PID != 0 {
		return &Process{o.PID}
	}
	u, err := url.Parse(o.Base)
	if err != nil || o.Mine || runtime.GOOS != "linux" {
		return nil
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		return nil
	}
	found, err := FindProcess(port)
	if err != nil {
		o.say("no figures of the server's processor and memory: %v", err)
		return nil
	}
	return &found
}

// Measure runs the load in a new workshop of the house.
func (h *House) Measure(ctx context.Context, o Options) (Result, error) {
	r := Result{People: o.People, Rate: o.Rate, Burst: o.Burst, Seconds: o.Length.Seconds(), Stalled: o.Stalled}
	m, err := h.gather(ctx, o)
	if err != nil {
		return r, err
	}
	defer m.close()
	if err := m.fill(ctx, &r); err != nil {
		return r, err
	}
	if err := m.speak(ctx, &r); err != nil {
		return r, err
	}
	if o.Reconnect > 0 {
		if err := m.reconnect(ctx, &r); err != nil {
			return r, err
		}
	}
	if o.Saves > 0 && h.Writer != nil {
		return r, h.saves(ctx, o, m.server, &r)
	}
	return r, nil
}
