package server

import (
	"context"
	"time"

	"amends/server/app"
	"amends/server/bus"
)

// Operator gives a command-line program the use cases with the same checks as the server, but without
// sockets and Redis. The caller must call the returned function.
func Operator(ctx context.Context, cfg Config) (*app.App, func(), error) {
	db, err := openDatabase(ctx, cfg, 0, 2)
	if err != nil {
		return nil, nil, err
	}
	memory := bus.NewMemory(time.Now)
	closeAll := func() { memory.Close(); db.Close() }
	a, err := app.New(app.Options{DB: db, Stores: memory.Stores(), Secrets: cfg.Secrets, Log: cfg.Log, PublicURL: cfg.PublicURL, Checkpoints: folderOf(cfg)})
	if err != nil {
		closeAll()
		return nil, nil, err
	}
	return a, closeAll, nil
}
