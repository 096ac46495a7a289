package inbound

import "fmt"

// Bounds of how many connections a process takes.
const (
	// fewest is too few to serve anybody: each person has some.
	fewest = 32
	// standard is the most without an order. A connection without a request takes up to 16 KB, so
	// that many take a quarter of a gigabyte at worst.
	standard = 16384
)

// Most is how many connections may be open at once: those ordered, or as many as the limit of
// open files allows besides the reserve, up to a standard when the order is 0.
func Most(ordered, reserve int) (int, error) {
	limit := descriptors()
	switch free := limit - reserve; {
	case free < fewest:
		return 0, fmt.Errorf("this process may open %d files, and needs %d: raise its limit (ulimit -n, or LimitNOFILE of systemd)", limit, reserve+fewest)
	case ordered > free:
		return 0, fmt.Errorf("MAX_CONNECTIONS is more than the limit of open files allows, which is %d: raise that (ulimit -n, or LimitNOFILE of systemd)", free)
	case ordered < 0 || ordered > 0 && ordered < fewest:
		return 0, fmt.Errorf("MAX_CONNECTIONS is %d or more, or 0", fewest)
	case ordered > 0:
		return ordered, nil
	default:
		return min(free, standard), nil
	}
}
