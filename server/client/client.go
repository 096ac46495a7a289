package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"time"

	"amends/server/id"
	"amends/server/wire"
)

// Client is one person (or stranger) using a server, with a cookie jar of their own.
type Client struct {
	// Base is the server's address; Origin is the Origin header a page would send.
	Base, Origin string
	// Header goes with every request and socket: what a proxy in front would add.
	Header  http.Header
	HTTP    *http.Client
	derived derived
}

// derived caches the last key derived from a password. Sign-in follows sign-up with the same salt, and
// one derivation takes a third of a second.
type derived struct {
	password string
	salt, mk []byte
}

func (c *Client) masterKey(kdfID, password string, salt []byte) ([]byte, error) {
	if d := c.derived; kdfID == "a1" && d.password == password && bytes.Equal(d.salt, salt) {
		return d.mk, nil
	}
	mk, err := MasterKey(kdfID, password, salt)
	if err == nil {
		c.derived = derived{password, salt, mk}
	}
	return mk, err
}

// New returns a client that is not signed in.
func New(base string) *Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic("client: " + err.Error()) // New without options never fails
	}
	return &Client{Base: base, Origin: base, HTTP: &http.Client{Jar: jar, Timeout: 30 * time.Second}}
}

// At returns the same person at another address, with the present cookies.
func (c *Client) At(base string) (*Client, error) {
	from, err := url.Parse(c.Base)
	if err != nil {
		return nil, fmt.Errorf("read the old address: %w", err)
	}
	to, err := url.Parse(base)
	if err != nil {
		return nil, fmt.Errorf("read the new address: %w", err)
	}
	moved := New(base)
	moved.HTTP.Jar.SetCookies(to, c.HTTP.Jar.Cookies(from))
	moved.derived = c.derived
	return moved, nil
}

// Refused is a problem document that the server returned.
type Refused struct {
	Status int
	Code   string `json:"code"`
	Title  string `json:"title"`
	Fields []struct{ Name, Problem string }
}

func (r *Refused) Error() string {
	return fmt.Sprintf("%d %s: %s %v", r.Status, r.Code, r.Title, r.Fields)
}

// Do sends one request and decodes the JSON answer into out, which may be nil. Error: *Refused.
func (c *Client) Do(ctx context.Context, method, path string, body, out any) error {
	return c.Ask(ctx, method, path, nil, body, out)
}

// Ask is Do with extra headers.
func (c *Client) Ask(ctx context.Context, method, path string, header http.Header, body, out any) error {
	answer, err := c.raw(ctx, method, path, body, header)
	if err != nil {
		return err
	}
	if out == nil || len(answer) == 0 {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("read the answer of %s %s: %w", method, path, err)
	}
	return nil
}

// Raw sends one request without a body and returns the bytes of the answer.
func (c *Client) Raw(ctx context.Context, method, path string) ([]byte, error) {
	return c.raw(ctx, method, path, nil, nil)
}

func (c *Client) raw(ctx context.Context, method, path string, body any, header http.Header) ([]byte, error) {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("write the request: %w", err)
		}
		reader = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.Base+"/api/v1"+path, reader)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	maps.Copy(req.Header, c.Header)
	maps.Copy(req.Header, header)
	req.Header.Set("Origin", c.Origin)
	if method == http.MethodPost && req.Header.Get(wire.IdempotencyKey) == "" {
		// Each call is an intention of its own; one that is repeated says its key.
		req.Header.Set(wire.IdempotencyKey, id.New[id.Intent]().String())
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if res.StatusCode >= 300 {
		refused := &Refused{Status: res.StatusCode}
		_ = json.Unmarshal(answer, refused)
		return nil, refused
	}
	return answer, nil
}

// Account holds a person's keys, as their browser does.
type Account struct {
	Handle, Password, Words string
	Acct                    [16]byte
	Keys                    *Keys
	VaultCtr                int64
	sheets                  map[string]any
}

// Clone is a copy of the account; saves through one copy are unknown to the other.
func (a *Account) Clone() *Account {
	other := *a
	other.sheets = maps.Clone(a.sheets)
	return &other
}

// SignUp creates an account with a slip, as the browser does.
func (c *Client) SignUp(ctx context.Context, code, handle, roomName, language, password string) (*Account, error) {
	var reserved wire.Reserved
	if err := c.Do(ctx, "POST", "/auth/reserve", wire.ReserveRequest{Invite: code, Handle: handle}, &reserved); err != nil {
		return nil, err
	}
	acct, err := base64.RawURLEncoding.DecodeString(reserved.Acct)
	if err != nil || len(acct) != 16 {
		return nil, fmt.Errorf("the server gave no account id")
	}
	a := &Account{Handle: handle, Password: password, Acct: [16]byte(acct), VaultCtr: 1, sheets: map[string]any{}}
	request, err := a.make(c.masterKey)
	if err != nil {
		return nil, err
	}
	request.Invite, request.Handle, request.RoomName, request.Language = code, handle, roomName, language
	return a, c.Do(ctx, "POST", "/auth/signup", request, nil)
}

// make generates every key and seals what the server stores.
func (a *Account) make(masterKey func(kdfID, password string, salt []byte) ([]byte, error)) (wire.SignUpRequest, error) {
	var r wire.SignUpRequest
	var root [32]byte
	salt := make([]byte, 16)
	if _, err := rand.Read(root[:]); err != nil {
		return r, fmt.Errorf("draw a root: %w", err)
	}
	if _, err := rand.Read(salt); err != nil {
		return r, fmt.Errorf("draw a salt: %w", err)
	}
	card, err := NewCard(rand.Reader)
	if err != nil {
		return r, fmt.Errorf("draw a card: %w", err)
	}
	mk, err := masterKey("a1", a.Password, salt)
	if err != nil {
		return r, err
	}
	if a.Keys, err = DeriveKeys(root, a.Acct, 1); err != nil {
		return r, err
	}
	a.Words = card.Words()
	wrap1, err := SealWrap(rand.Reader, PasswordWrapKey(card.DeviceSecret(a.Acct), mk, a.Acct), WrapPassword, a.Acct, 1, root)
	if err != nil {
		return r, err
	}
	wrap2, err := SealWrap(rand.Reader, card.WrapKey(a.Acct), WrapCard, a.Acct, 1, root)
	if err != nil {
		return r, err
	}
	vault, err := a.sealVault(1)
	if err != nil {
		return r, err
	}
	return wire.SignUpRequest{Acct: b64(a.Acct[:]), Kdf: "a1", Salt: b64(salt), Apw: b64(PasswordAuth(mk, a.Acct)), Acard: b64(card.Auth(a.Acct)), Epoch: 1,
		Wraps: []wire.WrapBlob{{Kind: 1, Blob: b64(wrap1)}, {Kind: 2, Blob: b64(wrap2)}}, Bundle: b64(a.Keys.Bundle()), Vault: wire.VaultFile{Ctr: 1, File: b64(vault)}}, nil
}

func (a *Account) sealVault(ctr int64) ([]byte, error) {
	body, err := json.Marshal(map[string]any{"ctr": ctr, "contacts": map[string]any{}, "consents": map[string]any{}, "sheets": a.sheets, "roots": []any{}, "minSuite": "wsx1"})
	if err != nil {
		return nil, fmt.Errorf("write the vault: %w", err)
	}
	file, _, err := a.Keys.Seal(Sealing{Typ: "vault", Ws: NilWorksheet, Ver: int(ctr), Vc: max(1, ctr-1), At: time.Now(), Body: body})
	return file, err
}

// LogIn signs in with name and password; it does not unlock the worksheets.
func (c *Client) LogIn(ctx context.Context, handle, password string) error {
	var pre wire.Prelogin
	if err := c.Do(ctx, "POST", "/auth/prelogin", wire.PreloginRequest{Handle: handle}, &pre); err != nil {
		return err
	}
	acct, err1 := base64.RawURLEncoding.DecodeString(pre.Acct)
	salt, err2 := base64.RawURLEncoding.DecodeString(pre.Salt)
	if err1 != nil || err2 != nil || len(acct) != 16 {
		return fmt.Errorf("the server's answer has another form")
	}
	mk, err := c.masterKey(pre.Kdf, password, salt)
	if err != nil {
		return err
	}
	return c.Do(ctx, "POST", "/auth/login", wire.LoginRequest{Handle: handle, Apw: b64(PasswordAuth(mk, [16]byte(acct)))}, nil)
}

// Unlock opens the account's root key with password and card words, from the wrap the server stores.
func (c *Client) Unlock(ctx context.Context, a *Account) error {
	var w wire.Wraps
	if err := c.Do(ctx, "GET", "/keys/wraps", nil, &w); err != nil {
		return err
	}
	card, err := CardOf(a.Words)
	if err != nil {
		return err
	}
	salt, err := base64.RawURLEncoding.DecodeString(w.Salt)
	if err != nil {
		return fmt.Errorf("read the salt: %w", err)
	}
	mk, err := c.masterKey(w.Kdf, a.Password, salt)
	if err != nil {
		return err
	}
	for _, wrap := range w.Wraps {
		blob, err := base64.RawURLEncoding.DecodeString(wrap.Blob)
		if err != nil || wrap.Kind != WrapPassword {
			continue
		}
		root, epoch, err := OpenWrap(PasswordWrapKey(card.DeviceSecret(a.Acct), mk, a.Acct), blob, WrapPassword, a.Acct, 1)
		if err != nil {
			return err
		}
		a.Keys, err = DeriveKeys(root, a.Acct, epoch)
		return err
	}
	return ErrWrapFormat
}

// Field is one answer of a worksheet.
type Field struct {
	Q string `json:"q"`
	A any    `json:"a"`
}

// SaveFirst seals and saves the first version of a worksheet, then the vault that lists it.
func (c *Client) SaveFirst(ctx context.Context, a *Account, ws, title string, fields []Field) error {
	body, err := json.Marshal(map[string]any{"title": title, "tpl": "entry@1", "fields": fields})
	if err != nil {
		return fmt.Errorf("write the worksheet: %w", err)
	}
	file, hc, err := a.Keys.Seal(Sealing{Typ: "worksheet", Ws: ws, Ver: 1, Vc: a.VaultCtr, At: time.Now(), Body: body})
	if err != nil {
		return err
	}
	save := wire.SaveRequest{Typ: "worksheet", Readers: []string{b64(a.Acct[:])}, File: b64(file)}
	if err := c.Do(ctx, "PUT", "/worksheets/"+ws+"/versions/1", save, nil); err != nil {
		return err
	}
	a.sheets[ws] = map[string]any{"title": title, "ver": 1, "hash": fmt.Sprintf("%x", hc)}
	vault, err := a.sealVault(a.VaultCtr + 1)
	if err != nil {
		return err
	}
	header := http.Header{"If-Match": {strconv.FormatInt(a.VaultCtr, 10)}}
	if _, err := c.raw(ctx, "PUT", "/vault", wire.VaultFile{Ctr: a.VaultCtr + 1, File: b64(vault)}, header); err != nil {
		return err
	}
	a.VaultCtr++
	return nil
}

// OpenSheet fetches and opens one version of the person's own worksheet.
func (c *Client) OpenSheet(ctx context.Context, a *Account, row wire.Sealed) (*Opened, error) {
	file, err := c.Raw(ctx, "GET", "/sealed/"+row.ID)
	if err != nil {
		return nil, err
	}
	return a.Keys.Open(file, Expected{Typ: row.Typ, Ws: row.Ws, Ver: row.Ver, Author: a.Acct})
}
