//go:build !unix

package stand

import (
	"context"
	"errors"
)

// Live needs a signal that this system does not have.
func (*Node) Live(context.Context) (int64, error) {
	return 0, errors.New("a node tells its memory on unix only")
}
