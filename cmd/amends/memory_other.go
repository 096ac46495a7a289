//go:build !unix

package main

import "log/slog"

// tellMemory does nothing: this system has no SIGUSR1.
func tellMemory(*slog.Logger) (stop func()) { return func() {} }
