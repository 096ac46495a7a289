package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"amends/server"
	"amends/server/client"
	"amends/server/keys"
)

// A node in a separate process, which can be killed like a machine that loses power: the test binary
// runs itself again, and the child is a server until it is killed or its input ends.

// nodeOrders are passed to a child by its standard input.
type nodeOrders struct {
	DatabaseURL, RedisURL, PublicURL string
	Secrets                          map[string][]byte
}

// beNode is the child's main; it prints its address in one line.
func beNode() error {
	in := bufio.NewReader(os.Stdin)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("read the orders: %w", err)
	}
	var orders nodeOrders
	if err := json.Unmarshal(line, &orders); err != nil {
		return fmt.Errorf("read the orders: %w", err)
	}
	secrets, err := keys.ParseSecrets(orders.Secrets)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	s, err := server.New(ctx, server.Config{DatabaseURL: orders.DatabaseURL, DatabaseConns: 8, RedisURL: orders.RedisURL, Secrets: secrets, PublicURL: orders.PublicURL,
		Log: slog.New(slog.DiscardHandler), Version: "test"})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	go func() {
		defer stop() // the child ends with its parent
		_, _ = in.ReadByte()
	}()
	return s.Run(ctx, l)
}

// apart starts a node in a separate process, and returns its address and a function that kills it.
func (w *world) apart(ctx context.Context, t *testing.T) (base string, kill func()) {
	t.Helper()
	own, err := os.Executable()
	check(t, err)
	return w.apartAs(ctx, t, exec.Command(own, "-node"))
}

// apartWithFiles is apart with a hard limit of open files, and half of it as the soft limit.
func (w *world) apartWithFiles(ctx context.Context, t *testing.T, files int) (base string, kill func()) {
	t.Helper()
	own, err := os.Executable()
	check(t, err)
	return w.apartAs(ctx, t, exec.Command("sh", "-c", fmt.Sprintf(`ulimit -S -n %d && ulimit -H -n %d && exec "$0" -node`, files/2, files), own))
}

func (w *world) apartAs(_ context.Context, t *testing.T, cmd *exec.Cmd) (base string, kill func()) {
	t.Helper()
	in, err := cmd.StdinPipe()
	check(t, err)
	out, err := cmd.StdoutPipe()
	check(t, err)
	cmd.Stderr = os.Stderr
	check(t, cmd.Start())
	kill = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	t.Cleanup(kill)
	orders, err := json.Marshal(nodeOrders{DatabaseURL: w.cfg.DatabaseURL, RedisURL: w.cfg.RedisURL, PublicURL: w.cfg.PublicURL, Secrets: settled.files})
	check(t, err)
	_, err = in.Write(append(orders, '\n'))
	check(t, err)
	line, err := bufio.NewReader(out).ReadString('\n')
	check(t, err)
	return strings.TrimSpace(line), kill
}

// A node with connected people is killed: another node closes their open attendance intervals exactly
// once, at the dead node's last heartbeat, and changes nobody else's.
func TestADeadNodesAttendanceIsClosedOnce(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, redisServer(t))
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
	defer cancel()
	dying, kill := w.apart(ctx, t)
	second := w.another(ctx, t)
	workshop, dana, sam, ana := w.started(ctx, t, "step9-60")
	// Both connect to the node that will be killed; afterwards Ana stays away and Sam reconnects.
	sam.Close()
	ana.Close()
	ana = enter(ctx, t, w.at(dying, w.people["participant2"].Client), workshop)
	sam = enter(ctx, t, w.at(dying, w.people["participant"].Client), workshop)
	far := enter(ctx, t, w.at(second, w.people["counselor2"].Client), workshop)
	for _, s := range []*client.Socket{dana, far} {
		awaitView(ctx, t, s, "here", 2)
	}
	super := w.db.Conn(t, "postgres")
	open := func(who string) int {
		return number(ctx, t, super, "select count(*) from attendance_interval where member_id = $1 and left_at is null", w.people[who].member)
	}
	all := func(who string) int {
		return number(ctx, t, super, "select count(*) from attendance_interval where member_id = $1", w.people[who].member)
	}
	check(t, eventually(ctx, func() bool {
		return number(ctx, t, super, "select count(distinct node_id) from attendance_interval where left_at is null") == 1 && open("participant")+open("participant2") == 2
	}))
	before := [2]int{all("participant"), all("participant2")}
	kill()
	sam.Close()
	ana.Close()
	sam = enter(ctx, t, w.people["participant"].Client, workshop)
	// Makes the dead node's heartbeat 40 seconds old in the database, instead of waiting.
	tag, err := super.Exec(ctx, `update lookup.node set beat_at = beat_at - interval '40 seconds'
		where id = (select node_id from attendance_interval where member_id = $1 and left_at is null)`, w.people["participant2"].member)
	check(t, err)
	if tag.RowsAffected() != 1 {
		t.Fatalf("%d nodes held Ana", tag.RowsAffected())
	}
	for _, s := range []*client.Socket{dana, far} {
		awaitSaid(ctx, t, s, "people", "state:dropped", true)
	}
	// Both nodes go on checking, each at least twice.
	check(t, sleepFor(ctx, 21*time.Second))
	if n := open("participant2"); n != 0 {
		t.Errorf("the time of a person of the dead node goes on: %d", n)
	}
	if got := [2]int{all("participant"), all("participant2")}; open("participant") != 1 || got != before {
		t.Errorf("intervals %v, before %v; open of who came back: %d", got, before, open("participant"))
	}
	if n := number(ctx, t, super, "select count(*) from attendance_interval where left_at < joined_at or left_at > now() - interval '20 seconds'"); n != 0 {
		t.Errorf("%d intervals end after their node was last seen, or before they began", n)
	}
	if n := number(ctx, t, super, "select count(*) from room_event where workshop_id = $1 and kind = 'person.dropped'", workshop); n != 1 {
		t.Errorf("the drop of one person is %d facts", n)
	}
	if code := do(ctx, t, sam, "raise", "", -1); code != "" && code != "queue.closed" {
		t.Errorf("who came back may not speak: %q", code)
	}
}

// eventually polls for conditions that no frame announces.
func eventually(ctx context.Context, ok func() bool) error {
	for !ok() {
		if err := sleepFor(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}
