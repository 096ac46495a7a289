package client_test

import (
	"crypto/rand"
	"fmt"
	"os"
	"time"

	"amends/server/client"
)

// The sealing format as its users see it: which key reads what. All people are made up.

const page = "00000000-0000-4000-8000-000000000009"

// keysOf derives a person's keys from a fixed root; in the app that is 32 random bytes of the browser.
func keysOf(person byte) *client.Keys {
	keys, err := client.DeriveKeys([32]byte{person}, [16]byte{person}, 1)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return keys
}

func sealed(author *client.Keys, readers ...*client.Peer) ([]byte, error) {
	file, _, err := author.Seal(client.Sealing{Typ: "worksheet", Ws: page, Ver: 1, Vc: 1, At: time.Unix(0, 0), Readers: readers,
		Body: []byte(`{"title":"A letter","tpl":"entry@1","fields":[]}`)})
	return file, err
}

// A page sealed for nobody else opens with its author's keys.
func ExampleKeys_Seal() {
	sam := keysOf('s')
	file, err := sealed(sam)
	if err != nil {
		fmt.Println(err)
		return
	}
	opened, err := sam.Open(file, client.Expected{Typ: "worksheet", Ws: page, Ver: 1, Author: sam.Acct})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\nreaders: %d\n", opened.Body, len(opened.Readers))
	// Output:
	// {"title":"A letter","tpl":"entry@1","fields":[]}
	// readers: 1
}

// A mentor opens a page that was sealed for them, and pins the author's keys, which the two compared in
// person: a file from another author is refused although the mentor could decrypt it.
func ExampleKeys_Open_reader() {
	sam, maria, stranger := keysOf('s'), keysOf('m'), keysOf('x')
	mentor, err := client.ParseBundle(maria.Bundle())
	if err != nil {
		fmt.Println(err)
		return
	}
	author, err := client.ParseBundle(sam.Bundle())
	if err != nil {
		fmt.Println(err)
		return
	}
	want := client.Expected{Typ: "worksheet", Ws: page, Ver: 1, Author: sam.Acct, Pinned: []*client.Peer{author}}
	for _, by := range []*client.Keys{sam, stranger} {
		file, err := sealed(by, mentor)
		if err != nil {
			fmt.Println(err)
			return
		}
		opened, err := maria.Open(file, want)
		if err != nil {
			fmt.Println("refused:", err)
			continue
		}
		fmt.Printf("%s\nreaders: %d\n", opened.Body, len(opened.Readers))
	}
	// Output:
	// {"title":"A letter","tpl":"entry@1","fields":[]}
	// readers: 2
	// refused: E_AUTHOR
}

// Without a reader's key the bytes of a page are useless: that is the server's position, and a mentor's
// after the consent was withdrawn and the page sealed again.
func ExampleKeys_Open_wrongKey() {
	sam, stranger := keysOf('s'), keysOf('x')
	file, err := sealed(sam)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = stranger.Open(file, client.Expected{Typ: "worksheet", Ws: page, Ver: 1, Author: sam.Acct})
	fmt.Println("refused:", err)
	// Output:
	// refused: E_OPEN
}

// The root of all keys opens only with the password and the 12 words together.
func ExampleOpenWrap() {
	acct := [16]byte{'s'}
	card := client.Card{'c'}
	master, err := client.MasterKey("a1", "three short words here", make([]byte, 16))
	if err != nil {
		fmt.Println(err)
		return
	}
	wrap, err := client.SealWrap(rand.Reader, client.PasswordWrapKey(card.DeviceSecret(acct), master, acct), client.WrapPassword, acct, 1, [32]byte{'s'})
	if err != nil {
		fmt.Println(err)
		return
	}
	other := client.Card{'d'}
	_, _, err = client.OpenWrap(client.PasswordWrapKey(other.DeviceSecret(acct), master, acct), wrap, client.WrapPassword, acct, 1)
	fmt.Println("with another card:", err)
	root, _, err := client.OpenWrap(client.PasswordWrapKey(card.DeviceSecret(acct), master, acct), wrap, client.WrapPassword, acct, 1)
	fmt.Println("with both:", root == [32]byte{'s'}, err)
	// Output:
	// with another card: E_WRAP_KEY
	// with both: true <nil>
}
