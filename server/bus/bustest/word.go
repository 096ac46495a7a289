package bustest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"amends/server/bus"
	"amends/server/id"
)

func newList() bus.WordList { return bus.WordList{Workshop: id.New[id.Workshop](), Run: 7} }

// said makes a word of a person, said in the n-th second of a part.
func said(who id.Member, text string, n int) bus.Said {
	return bus.Said{ID: id.New[id.Word](), Member: who, Command: id.New[id.Command](), Text: text, At: time.UnixMilli(1_790_000_000_000).Add(time.Duration(n) * time.Second)}
}

// listed checks that a list holds exactly the wanted texts, in order.
func listed(t *testing.T, node bus.Stores, list bus.WordList, want string) []bus.Said {
	t.Helper()
	all, err := node.Words.All(t.Context(), list)
	must(t, err)
	var texts []string
	for _, word := range all {
		texts = append(texts, word.Text)
	}
	if got := strings.Join(texts, " "); got != want {
		t.Errorf("the words are %q, want %q", got, want)
	}
	return all
}

func wordsLive(t *testing.T, kit Kit) {
	ctx, list, sam, ana := t.Context(), newList(), id.New[id.Member](), id.New[id.Member]()
	later, elsewhere := bus.WordList{Workshop: list.Workshop, Run: 8}, newList()
	listed(t, kit.A, list, "")
	tired, hopeful := said(sam, "tired", 2), said(ana, "hopeful", 1)
	must(t, kit.A.Words.Put(ctx, list, tired))
	must(t, kit.B.Words.Put(ctx, list, hopeful))
	must(t, kit.B.Words.Put(ctx, later, said(sam, "calm", 3)))
	must(t, kit.A.Words.Put(ctx, elsewhere, said(sam, "new", 4)))
	all := listed(t, kit.B, list, "hopeful tired")
	if got := all[1]; got.ID != tired.ID || got.Member != sam || got.Command != tired.Command || !got.At.Equal(tired.At) {
		t.Errorf("a word came back as of %s at %s", got.Member, got.At)
	}
	// A retry on another node is idempotent: the first word stays.
	again := said(sam, "tired", 9)
	again.Command = tired.Command
	must(t, kit.B.Words.Put(ctx, list, again))
	if all = listed(t, kit.A, list, "hopeful tired"); all[1].ID != tired.ID {
		t.Error("a word that was sent twice got another id")
	}
	// The same command id from another person is another word.
	again.Member, again.Text = ana, "also"
	must(t, kit.A.Words.Put(ctx, list, again))
	listed(t, kit.B, list, "hopeful tired also")
	must(t, kit.B.Words.Forget(ctx, list, ana))
	must(t, kit.B.Words.Forget(ctx, list, ana))
	listed(t, kit.A, list, "tired")
	must(t, kit.A.Words.Drop(ctx, list))
	must(t, kit.A.Words.Drop(ctx, list))
	listed(t, kit.B, list, "")
	listed(t, kit.B, later, "calm")
	listed(t, kit.B, elsewhere, "new")
}

func wordsExpire(t *testing.T, kit Kit) {
	list, sam := newList(), id.New[id.Member]()
	must(t, kit.A.Words.Put(t.Context(), list, said(sam, "tired", 1)))
	kit.Advance(bus.WordLife - slack)
	// Reading does not prolong the list; a new word prolongs all of it.
	listed(t, kit.B, list, "tired")
	kit.Advance(slack)
	listed(t, kit.B, list, "")
	must(t, kit.A.Words.Put(t.Context(), list, said(sam, "tired", 1)))
	kit.Advance(bus.WordLife - slack)
	must(t, kit.B.Words.Put(t.Context(), list, said(sam, "calm", 2)))
	kit.Advance(slack)
	listed(t, kit.A, list, "tired calm")
}

func wordsRefuse(t *testing.T, kit Kit) {
	ctx, list, sam := t.Context(), newList(), id.New[id.Member]()
	word := said(sam, "tired", 1)
	without := func(change func(*bus.Said)) error {
		w := word
		change(&w)
		return kit.A.Words.Put(ctx, list, w)
	}
	_, none := kit.A.Words.All(ctx, bus.WordList{Run: 1})
	_, noRun := kit.A.Words.All(ctx, bus.WordList{Workshop: list.Workshop})
	for name, err := range map[string]error{
		"list of no room": none, "list of no part": noRun, "put into no list": kit.A.Words.Put(ctx, bus.WordList{}, word),
		"word without id":      without(func(w *bus.Said) { w.ID = id.Word{} }),
		"word of nobody":       without(func(w *bus.Said) { w.Member = id.Member{} }),
		"word without command": without(func(w *bus.Said) { w.Command = id.Command{} }),
		"no word":              without(func(w *bus.Said) { w.Text = "" }),
		"forget nobody":        kit.A.Words.Forget(ctx, list, id.Member{}), "forget in no list": kit.A.Words.Forget(ctx, bus.WordList{}, sam),
		"drop no list": kit.A.Words.Drop(ctx, bus.WordList{}),
	} {
		if !errors.Is(err, bus.ErrMisuse) {
			t.Errorf("%s: %v", name, err)
		}
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	_, all := kit.A.Words.All(gone, list)
	for name, err := range map[string]error{"put": kit.A.Words.Put(gone, list, word), "all": all, "forget": kit.A.Words.Forget(gone, list, sam), "drop": kit.A.Words.Drop(gone, list)} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s of a caller who gave up: %v", name, err)
		}
	}
}
