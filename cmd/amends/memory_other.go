//go:build !unix

package main

import "log/slog"

// tellMemory does nothing where there is no such signal.
func tellMemory(*slog.Logger) (stop func()) { return func() {} }
