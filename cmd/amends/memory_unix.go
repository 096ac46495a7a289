//go:build unix

package main

import (
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

// tellMemory logs the process's live memory after a garbage collection whenever it gets SIGUSR1,
// because the memory a connection keeps alive cannot be measured from outside. A collection pauses all
// requests for a moment, so this is for measuring on one machine (RATE_LIMITS=off, which is refused
// where others could reach the server). The caller must call stop, which waits.
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

// live returns what remains after two collections: the content of a sync.Pool survives the first. A
// collection also shrinks the stacks of blocked goroutines.
func live() (heap, stacks uint64) {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc, m.StackInuse
}
