//go:build unix

package main

import (
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

// tellMemory collects garbage and writes what is left to the log whenever the process gets
// SIGUSR1: how much memory a connection keeps alive can be said from inside only. A collection
// stops everybody for a moment, so this is for measuring on one machine (RATE_LIMITS=off, which
// is refused where others could reach the server). The caller calls stop, which waits.
func tellMemory(log *slog.Logger) (stop func()) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-asked:
				heap, stacks := live()
				log.Info("memory", "heap_bytes", heap, "stack_bytes", stacks)
			case <-over:
				return
			}
		}
	}()
	return func() {
		signal.Stop(asked)
		close(over)
		<-ended
	}
}

// live is what two collections leave: what lies in a sync.Pool outlives the first. Stacks of
// goroutines that wait are shrunk by the collection too.
func live() (heap, stacks uint64) {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc, m.StackInuse
}
