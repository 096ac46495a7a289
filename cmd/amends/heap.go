package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// heapFloor is what the heap may grow to before it is collected at all. A server of few rooms has
// so little in use that it would be collected three times a second, and each time its rooms wait
// some milliseconds for the processor; 32 MiB fit on the smallest machine. Above it Go's own rule
// holds: collected when twice as much is there as was in use.
const heapFloor = 32 << 20

// keepHeapFloor holds that from now on, unless the operator has said GOGC.
func keepHeapFloor() {
	if os.Getenv("GOGC") != "" {
		return
	}
	adapt()
	afterNextCollection(adapt)
}

// adapt says in percent of what is in use what the floor is in bytes. Go counts stacks and globals
// as in use too, and takes its smallest heap, 4 MiB, times the same percent.
func adapt() {
	read := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"}}
	metrics.Read(read)
	live, others := int(read[0].Value.Uint64()), int(read[1].Value.Uint64()+read[2].Value.Uint64())
	const goRule, smallest = 100, 4 << 20
	debug.SetGCPercent(max(goRule, (heapFloor-live)*100/max(live+others, smallest)))
}

// afterNextCollection calls what after each collection: it leaves something behind that nobody
// uses, and is told when that was collected.
func afterNextCollection(what func()) {
	unused := new([64]byte)
	runtime.AddCleanup(unused, func(struct{}) {
		what()
		afterNextCollection(what)
	}, struct{}{})
}
