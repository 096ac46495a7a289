package redisbus

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"amends/server/bus"
	"amends/server/id"
)

// The check-in words of a part are one Redis hash from a keyed hash of person and command to the sealed
// word. They are sealed (AES-256-GCM under a key of this installation, the list's name as additional
// data), because whoever reads Redis' memory, its file or its MONITOR must see neither a word nor its
// author.

// wordScript: KEYS[1]; ARGV field, sealed word, TTL in ms. The first value of a field wins, so a retry
// is idempotent.
const wordScript = `
redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])
return redis.call('PEXPIRE', KEYS[1], ARGV[3])`

// keptWord is the plaintext of a sealed word.
type keptWord struct {
	ID      id.Word    `json:"id"`
	Member  id.Member  `json:"member"`
	Command id.Command `json:"command"`
	Text    string     `json:"text"`
	AtMs    int64      `json:"at"`
}

type words Redis

// Put implements bus.Words.
func (w *words) Put(ctx context.Context, list bus.WordList, word bus.Said) error {
	if err := bus.CheckSaid(list, word); err != nil {
		return err
	}
	r := (*Redis)(w)
	key := r.listName(list)
	sealed, err := r.sealWord(key, word)
	if err != nil {
		return err
	}
	field := r.name("said", key, word.Member.String(), word.Command.String())
	err = r.do(ctx, func(ctx context.Context) error {
		return r.scripts.word.Run(ctx, r.client, []string{key}, field, sealed, bus.WordLife.Milliseconds()).Err()
	})
	if err != nil {
		return fmt.Errorf("keep a word of room %s: %w", list.Workshop, err)
	}
	return nil
}

// All implements bus.Words. A word that does not open is left out.
func (w *words) All(ctx context.Context, list bus.WordList) ([]bus.Said, error) {
	kept, err := w.read(ctx, list)
	if err != nil {
		return nil, err
	}
	var all []bus.Said
	for _, word := range kept {
		all = append(all, word)
	}
	bus.SortSaid(all)
	return all, nil
}

// Forget implements bus.Words.
func (w *words) Forget(ctx context.Context, list bus.WordList, who id.Member) error {
	if who.IsZero() {
		return fmt.Errorf("%w: words of nobody", bus.ErrMisuse)
	}
	kept, err := w.read(ctx, list)
	if err != nil {
		return err
	}
	var fields []string
	for field, word := range kept {
		if word.Member == who {
			fields = append(fields, field)
		}
	}
	if len(fields) == 0 {
		return nil
	}
	r := (*Redis)(w)
	err = r.do(ctx, func(ctx context.Context) error { return r.client.HDel(ctx, r.listName(list), fields...).Err() })
	if err != nil {
		return fmt.Errorf("forget words of room %s: %w", list.Workshop, err)
	}
	return nil
}

// Drop implements bus.Words.
func (w *words) Drop(ctx context.Context, list bus.WordList) error {
	if err := bus.CheckWords(list); err != nil {
		return err
	}
	r := (*Redis)(w)
	err := r.do(ctx, func(ctx context.Context) error { return r.client.Del(ctx, r.listName(list)).Err() })
	if err != nil {
		return fmt.Errorf("drop the words of room %s: %w", list.Workshop, err)
	}
	return nil
}

// read returns the words of a list by their fields in the hash.
func (w *words) read(ctx context.Context, list bus.WordList) (map[string]bus.Said, error) {
	if err := bus.CheckWords(list); err != nil {
		return nil, err
	}
	r := (*Redis)(w)
	key := r.listName(list)
	var kept map[string]string
	err := r.do(ctx, func(ctx context.Context) (err error) {
		kept, err = r.client.HGetAll(ctx, key).Result()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the words of room %s: %w", list.Workshop, err)
	}
	out := make(map[string]bus.Said, len(kept))
	for field, sealed := range kept {
		if word, ok := r.openWord(key, []byte(sealed)); ok {
			out[field] = word
		}
	}
	return out, nil
}

func (r *Redis) listName(list bus.WordList) string {
	return r.name("words", list.Workshop.String(), strconv.FormatInt(list.Run, 10))
}

// sealWord seals a word, bound to key, the name of its list.
func (r *Redis) sealWord(key string, word bus.Said) ([]byte, error) {
	text, err := json.Marshal(keptWord{word.ID, word.Member, word.Command, word.Text, word.At.UnixMilli()})
	if err != nil {
		return nil, fmt.Errorf("write a word: %w", err)
	}
	gcm, err := r.wordCipher()
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, gcm.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("draw a nonce: %w", err)
	}
	return gcm.Seal(nonce, nonce, text, []byte(key)), nil
}

func (r *Redis) openWord(key string, sealed []byte) (bus.Said, bool) {
	gcm, err := r.wordCipher()
	if err != nil || len(sealed) < gcm.NonceSize() {
		return bus.Said{}, false
	}
	text, err := gcm.Open(nil, sealed[:gcm.NonceSize()], sealed[gcm.NonceSize():], []byte(key))
	var kept keptWord
	if err != nil || json.Unmarshal(text, &kept) != nil {
		return bus.Said{}, false
	}
	return bus.Said{ID: kept.ID, Member: kept.Member, Command: kept.Command, Text: kept.Text, At: time.UnixMilli(kept.AtMs)}, true
}

// wordCipher uses a key of its own, derived from Options.Key.
func (r *Redis) wordCipher() (cipher.AEAD, error) {
	h := hmac.New(sha256.New, r.key)
	h.Write([]byte("seal check-in words"))
	block, err := aes.NewCipher(h.Sum(nil))
	if err != nil {
		return nil, fmt.Errorf("make the cipher of words: %w", err)
	}
	return cipher.NewGCM(block)
}
