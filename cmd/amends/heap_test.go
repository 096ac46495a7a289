package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

func TestHeapHasAFloorAndAboveItGosOwnRule(t *testing.T) {
	t.Setenv("GOGC", "")
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	keepHeapFloor()
	goal := func() uint64 {
		s := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
		metrics.Read(s)
		return s[0].Value.Uint64()
	}
	reaches := func(what string, ok func(uint64) bool) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); !ok(goal()); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: the goal of the heap is %d MiB", what, goal()>>20)
			}
			runtime.GC()
		}
	}
	little := func(g uint64) bool { return g >= heapFloor*9/10 && g < 2*heapFloor }
	reaches("little in use", little)
	held := make([]byte, 2*heapFloor)
	reaches("much in use", func(g uint64) bool { return g >= 4*heapFloor && g < 5*heapFloor })
	runtime.KeepAlive(held)
	reaches("little again", little)
}

func TestHeapFloorLeavesTheOperatorsWord(t *testing.T) {
	t.Setenv("GOGC", "50")
	before := debug.SetGCPercent(50)
	defer debug.SetGCPercent(before)
	keepHeapFloor()
	if got := debug.SetGCPercent(50); got != 50 {
		t.Errorf("GOGC is %d, want the operator's 50", got)
	}
}
