//go:build !linux

package faults

import "context"

func diskFull(context.Context, string) (string, error) {
	return "Disk full: not tried; it needs a small disk of its own, which this program can make on Linux only.", nil
}
