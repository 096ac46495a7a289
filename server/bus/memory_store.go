package bus

import (
	"context"
	"slices"
	"time"

	"amends/server/id"
)

type memoryHalves struct{ shelf *shelf[Half] }

func (h *memoryHalves) Put(ctx context.Context, signin id.Signin, half Half, life time.Duration) error {
	if err := checkHalf(ctx, signin); err != nil {
		return err
	}
	if err := CheckLife(life); err != nil {
		return err
	}
	h.shelf.change(signin.String(), func(Half, time.Duration, bool) (Half, time.Duration) { return half, life })
	return nil
}

func (h *memoryHalves) Take(ctx context.Context, signin id.Signin) (half Half, ok bool, err error) {
	if err := checkHalf(ctx, signin); err != nil {
		return Half{}, false, err
	}
	h.shelf.change(signin.String(), func(kept Half, left time.Duration, there bool) (Half, time.Duration) {
		half, ok = kept, there
		return kept, min(left, HandedOut)
	})
	return half, ok, nil
}

func (h *memoryHalves) Delete(ctx context.Context, signin id.Signin) error {
	if err := checkHalf(ctx, signin); err != nil {
		return err
	}
	h.shelf.change(signin.String(), func(Half, time.Duration, bool) (Half, time.Duration) { return Half{}, 0 })
	return nil
}

func checkHalf(ctx context.Context, signin id.Signin) error {
	if err := CheckSignin(signin); err != nil {
		return err
	}
	return ctx.Err()
}

type memoryOnce struct{ shelf *shelf[[]byte] }

func (o *memoryOnce) Put(ctx context.Context, kind Kind, code string, value []byte, life time.Duration) error {
	if err := checkOnce(ctx, kind, code); err != nil {
		return err
	}
	if err := CheckLife(life); err != nil {
		return err
	}
	var err error
	o.shelf.change(string(kind)+"\x00"+code, func(kept []byte, left time.Duration, there bool) ([]byte, time.Duration) {
		if there {
			err = ErrTaken
			return kept, left
		}
		return slices.Clone(value), life
	})
	return err
}

func (o *memoryOnce) Take(ctx context.Context, kind Kind, code string) (value []byte, ok bool, err error) {
	if err := checkOnce(ctx, kind, code); err != nil {
		return nil, false, err
	}
	o.shelf.change(string(kind)+"\x00"+code, func(kept []byte, _ time.Duration, there bool) ([]byte, time.Duration) {
		value, ok = kept, there
		return nil, 0
	})
	return value, ok, nil
}

func checkOnce(ctx context.Context, kind Kind, code string) error {
	if err := CheckCode(kind, code); err != nil {
		return err
	}
	return ctx.Err()
}
