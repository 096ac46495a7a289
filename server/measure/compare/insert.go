package compare

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"amends/server/id"
	"amends/server/postgres"
	"amends/server/postgres/dbgen"
)

// insertOrder is the input of the inserting process.
type insertOrder struct {
	URL      string
	Facility id.Facility
	Member   id.Member
	Files    [][]byte
}

// ServeInserts runs a process that inserts the same bytes as the worksheet saves did, each in one
// transaction with its tenant set and nothing else: the minimum cost of a save. It prints the CPU time
// per insert in microseconds. The comparison starts its own binary again as this process.
func ServeInserts(ctx context.Context) error {
	var order insertOrder
	if err := json.NewDecoder(os.Stdin).Decode(&order); err != nil {
		return fmt.Errorf("read the order: %w", err)
	}
	db, err := postgres.Open(ctx, order.URL, 1)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Ping(ctx); err != nil {
		return err
	}
	before := ownCPU()
	for _, file := range order.Files {
		sum := sha256.Sum256(file)
		row := dbgen.WorksheetSaveParams{FacilityID: order.Facility, ID: id.New[id.Sealed](), OwnerID: order.Member, AuthorID: order.Member, Ws: id.New[id.Worksheet](), Ver: 1,
			Typ: "worksheet", Readers: []id.Member{order.Member}, Size: int32(len(file)), Sha256: sum[:], Day: time.Now(), Blob: file}
		err := db.Within(ctx, postgres.Scope{Facility: order.Facility, Member: order.Member}, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := tx.WorksheetSave(ctx, row)
			return err
		})
		if err != nil {
			return err
		}
	}
	fmt.Println((ownCPU() - before).Microseconds() / int64(len(order.Files)))
	return nil
}

func ownCPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// bareInserts runs that process and returns CPU microseconds per insert.
func bareInserts(ctx context.Context, order insertOrder) (float64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, fmt.Errorf("find this program: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, "-insert")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return 0, err
	}
	go func() {
		_ = json.NewEncoder(stdin).Encode(order)
		_ = stdin.Close()
	}()
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("bare inserts: %w", err)
	}
	if len(out) == 0 {
		return 0, errors.New("bare inserts said nothing")
	}
	return strconv.ParseFloat(string(out[:len(out)-1]), 64)
}
