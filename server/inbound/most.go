package inbound

import "fmt"

// Limits of the maximum of connections.
const (
	// fewest: with less than this, people's shares are too small to work.
	fewest = 32
	// standard is the default maximum. An idle connection takes up to 16 KB, so this many take a
	// quarter of a gigabyte at worst.
	standard = 16384
)

// Most returns the maximum of open connections: `ordered` (MAX_CONNECTIONS), or with 0 what the limit
// of open files allows beyond the reserve, at most the default. Errors name the setting.
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
