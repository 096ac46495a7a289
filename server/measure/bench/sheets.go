package bench

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

// sheetBytes is the size of one worksheet's answers before sealing: a long evening's writing.
const sheetBytes = 20 << 10

// SealSheets seals n worksheets in advance, so that the measured save contains no sealing.
func SealSheets(a *client.Account, n int) (ids []string, files [][]byte, err error) {
	text := strings.Repeat("a made-up line of a load ", sheetBytes/25)
	for range n {
		ws := id.New[id.Worksheet]().String()
		body := []byte(`{"title":"Load","tpl":"entry@1","fields":[{"q":"did","a":"` + text + `"}]}`)
		file, _, err := a.Keys.Seal(client.Sealing{Typ: "worksheet", Ws: ws, Ver: 1, Vc: a.VaultCtr, At: time.Now(), Body: body})
		if err != nil {
			return nil, nil, fmt.Errorf("seal a worksheet: %w", err)
		}
		ids, files = append(ids, ws), append(files, file)
	}
	return ids, files, nil
}

// saves measures worksheet saves, one after the other, and deletes them afterwards.
func (h *House) saves(ctx context.Context, o Options, server *Process, r *Result) error {
	o.say("%d worksheets are saved", o.Saves)
	ids, files, err := SealSheets(h.Writer, o.Saves)
	if err != nil {
		return err
	}
	me := base64.RawURLEncoding.EncodeToString(h.Writer.Acct[:])
	m := meeting{server: server}
	var times []time.Duration
	before := m.cpu()
	for i, ws := range ids {
		save := wire.SaveRequest{Typ: "worksheet", Readers: []string{me}, File: base64.RawURLEncoding.EncodeToString(files[i])}
		began := time.Now()
		if err := h.People[0].Do(ctx, "PUT", "/worksheets/"+ws+"/versions/1", save, nil); err != nil {
			return fmt.Errorf("save a worksheet: %w", err)
		}
		times = append(times, time.Since(began))
	}
	r.SaveMicros = float64((m.cpu() - before).Microseconds()) / float64(len(ids))
	spread := SpreadOf(times)
	r.Save = &spread
	for _, ws := range ids {
		if err := h.People[0].Do(ctx, "DELETE", "/worksheets/"+ws, nil, nil); err != nil {
			return fmt.Errorf("delete a worksheet: %w", err)
		}
	}
	return nil
}

// flushes is how often FlushTime writes; few enough for a slow disk.
const flushes = 100

// FlushTime measures the minimum cost of a commit: one page written and flushed (fsync), in a folder on
// the database's disk.
func FlushTime(dir string) (Spread, error) {
	f, err := os.OpenFile(filepath.Join(dir, "flush.probe"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return Spread{}, fmt.Errorf("make the probe's file: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	page := make([]byte, 8<<10)
	times := make([]time.Duration, 0, flushes)
	for range flushes {
		began := time.Now()
		if _, err := f.WriteAt(page, 0); err != nil {
			return Spread{}, fmt.Errorf("write the probe: %w", err)
		}
		if err := f.Sync(); err != nil {
			return Spread{}, fmt.Errorf("flush the probe: %w", err)
		}
		times = append(times, time.Since(began))
	}
	return SpreadOf(times), nil
}
