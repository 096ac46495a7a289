package server_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// pairing is a participant and a mentor, and what they do with their own keys.
type pairing struct {
	*world
	sam, maria *person
	assignment string
	samKeys    *client.Peer
	mariaKeys  *client.Peer
}

func pair(ctx context.Context, t *testing.T) *pairing {
	t.Helper()
	return pairedIn(ctx, t, newWorld(t))
}

func pairedIn(ctx context.Context, t *testing.T, w *world) *pairing {
	t.Helper()
	p := &pairing{world: w, sam: w.people["participant"], maria: w.people["mentor"]}
	var made wire.Created
	check(t, w.people["counselor"].Do(ctx, "POST", "/assignments", wire.AssignRequest{Participant: p.sam.member, Mentor: p.maria.member}, &made))
	p.assignment = made.ID
	p.samKeys, p.mariaKeys = p.bundle(ctx, t, p.maria, p.sam), p.bundle(ctx, t, p.sam, p.maria)
	return p
}

// bundle fetches one person's public keys, as the other.
func (p *pairing) bundle(ctx context.Context, t *testing.T, as, of *person) *client.Peer {
	t.Helper()
	var b wire.Bundle
	check(t, as.Do(ctx, "GET", "/bundles/"+b64(of.account.Acct[:]), nil, &b))
	raw, err := base64.RawURLEncoding.DecodeString(b.Bundle)
	check(t, err)
	peer, err := client.ParseBundle(raw)
	check(t, err)
	return peer
}

func (p *pairing) sign(ctx context.Context, t *testing.T) string {
	t.Helper()
	var made wire.Created
	check(t, p.sam.Do(ctx, "POST", "/assignments/"+p.assignment+"/consent", wire.SignRequest{TextVersion: "consent@1", Language: "en", Months: 6}, &made))
	return made.ID
}

func (p *pairing) grant(ws string) string {
	return "/grants/" + ws + "/" + b64(p.maria.account.Acct[:])
}

// save seals a version of Sam's page for the readers and uploads it.
func (p *pairing) save(ctx context.Context, t *testing.T, ws string, ver int, text string, replace bool, readers ...*client.Peer) error {
	t.Helper()
	file, _, err := p.sam.account.Keys.Seal(client.Sealing{Typ: "worksheet", Ws: ws, Ver: ver, Vc: 1, At: time.Now(), Body: []byte(`{"title":"x","tpl":"entry@1","fields":[{"q":"did","a":"` + text + `"}]}`), Readers: readers})
	check(t, err)
	in := wire.SaveRequest{Typ: "worksheet", Readers: []string{b64(p.sam.account.Acct[:])}, Replace: replace, File: b64(file)}
	for _, r := range readers {
		in.Readers = append(in.Readers, b64(r.Acct[:]))
	}
	return p.sam.Do(ctx, "PUT", "/worksheets/"+ws+"/versions/"+strconv.Itoa(ver), in, nil)
}

func (p *pairing) shared(ctx context.Context, t *testing.T) []wire.Sealed {
	t.Helper()
	var list wire.SealedList
	check(t, p.maria.Do(ctx, "GET", "/shared", nil, &list))
	return list.Sealed
}

func refusedWith(t *testing.T, err error, code string) {
	t.Helper()
	var refused *client.Refused
	if !errors.As(err, &refused) || refused.Code != code {
		t.Errorf("got %v, want %s", err, code)
	}
}

func TestAPageIsSharedOnlyByItsOwnersSteps(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	p := pair(ctx, t)
	ws := id.New[id.Worksheet]().String()
	check(t, p.save(ctx, t, ws, 1, "Canarysentence", false))

	// An assignment alone shares nothing, and the server refuses a page sealed for the mentor.
	refusedWith(t, p.sam.Do(ctx, "PUT", p.grant(ws), nil, nil), "grant.no_consent")
	refusedWith(t, p.save(ctx, t, ws, 2, "x", false, p.mariaKeys), "worksheet.reader_refused")
	consent := p.sign(ctx, t)
	check(t, p.sam.Do(ctx, "PUT", p.grant(ws), nil, nil))
	if got := p.shared(ctx, t); len(got) != 0 {
		t.Fatalf("a page that was sealed to the owner alone is listed: %v", got)
	}
	check(t, p.save(ctx, t, ws, 2, "Canarysentence", false, p.mariaKeys))
	list := p.shared(ctx, t)
	if len(list) != 1 || list[0].Ver != 2 || list[0].Owner != b64(p.sam.account.Acct[:]) {
		t.Fatalf("the mentor's list is %v", list)
	}
	file, err := p.maria.Raw(ctx, "GET", "/sealed/"+list[0].ID)
	check(t, err)
	want := client.Expected{Typ: "worksheet", Ws: ws, Ver: 2, Author: p.sam.account.Acct}
	if _, err := p.maria.account.Keys.Open(file, want); err == nil {
		t.Error("a page opened for a mentor who has not compared keys")
	}
	want.Pinned = []*client.Peer{p.samKeys}
	opened, err := p.maria.account.Keys.Open(file, want)
	if err != nil || !strings.Contains(string(opened.Body), "Canarysentence") {
		t.Fatalf("the mentor cannot open the page: %v", err)
	}
	// Nobody else can fetch it, or open its bytes.
	for name, other := range p.people {
		if name == "participant" || name == "mentor" {
			continue
		}
		if err := other.Do(ctx, "GET", "/sealed/"+list[0].ID, nil, nil); err == nil {
			t.Errorf("%s fetched the page", name)
		}
		want.Pinned = []*client.Peer{p.samKeys}
		if _, err := other.account.Keys.Open(file, want); err == nil {
			t.Errorf("%s opened the page", name)
		}
	}
	var opens wire.Openings
	check(t, p.sam.Do(ctx, "GET", "/openings", nil, &opens))
	if len(opens.Openings) != 1 || opens.Openings[0].Ws != ws || opens.Openings[0].Role != "mentor" || opens.Openings[0].RoomName != "Room mentor" {
		t.Errorf("who opened my pages says %v", opens.Openings)
	}
	// Revoking the consent takes effect at once for list, page, versions and feedback.
	check(t, p.sam.Do(ctx, "POST", "/consents/"+consent+"/revoke", nil, nil))
	if got := p.shared(ctx, t); len(got) != 0 {
		t.Errorf("after the consent was taken back the mentor still lists %v", got)
	}
	refusedWith(t, p.maria.Do(ctx, "GET", "/sealed/"+list[0].ID, nil, nil), "thing.not_found")
	refusedWith(t, p.maria.Do(ctx, "GET", "/shared/"+b64(p.sam.account.Acct[:])+"/"+ws, nil, nil), "thing.not_found")
	refusedWith(t, p.feedback(ctx, t, ws, 1, "late"), "thing.not_found")
	refusedWith(t, p.sam.Do(ctx, "PUT", p.grant(ws), nil, nil), "grant.no_consent")
	// The stored version is sealed again without the mentor; the owner still has it.
	check(t, p.save(ctx, t, ws, 2, "Canarysentence", true))
	var versions wire.SealedList
	check(t, p.sam.Do(ctx, "GET", "/worksheets/"+ws+"/versions", nil, &versions))
	if len(versions.Sealed) != 2 || len(versions.Sealed[1].Readers) != 1 {
		t.Errorf("the versions after sealing anew: %v", versions.Sealed)
	}
	p.nothingInClear(ctx, t)
}

// feedback seals a mentor's text to the owner and uploads it.
func (p *pairing) feedback(ctx context.Context, t *testing.T, ws string, ver int, text string) error {
	t.Helper()
	file, _, err := p.maria.account.Keys.Seal(client.Sealing{Typ: "feedback", Ws: ws, Ver: ver, Vc: 1, At: time.Now(), Body: []byte(`{"overall":"` + text + `"}`), Readers: []*client.Peer{p.samKeys}})
	check(t, err)
	owner := b64(p.sam.account.Acct[:])
	return p.maria.Do(ctx, "PUT", "/worksheets/"+ws+"/versions/"+strconv.Itoa(ver), wire.SaveRequest{Typ: "feedback", Owner: owner, Readers: []string{b64(p.maria.account.Acct[:]), owner}, File: b64(file)}, nil)
}

func TestFeedbackReachesItsOwner(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	p := pair(ctx, t)
	ws := id.New[id.Worksheet]().String()
	p.sign(ctx, t)
	refusedWith(t, p.feedback(ctx, t, ws, 1, "too early"), "thing.not_found")
	check(t, p.save(ctx, t, ws, 1, "x", false))
	check(t, p.sam.Do(ctx, "PUT", p.grant(ws), nil, nil))
	check(t, p.save(ctx, t, ws, 2, "x", false, p.mariaKeys))
	check(t, p.feedback(ctx, t, ws, 1, "Canarysentence"))
	check(t, p.feedback(ctx, t, ws, 2, "and more"))
	refusedWith(t, p.feedback(ctx, t, ws, 2, "a second device"), "worksheet.moved_on")
	var list wire.SealedList
	check(t, p.sam.Do(ctx, "GET", "/worksheets/"+ws+"/versions", nil, &list))
	var newest wire.Sealed
	for _, row := range list.Sealed {
		if row.Typ == "feedback" {
			newest = row
		}
	}
	file, err := p.sam.Raw(ctx, "GET", "/sealed/"+newest.ID)
	check(t, err)
	opened, err := p.sam.account.Keys.Open(file, client.Expected{Typ: "feedback", Ws: ws, Ver: 2, Author: p.maria.account.Acct, Pinned: []*client.Peer{p.mariaKeys}})
	if err != nil || !strings.Contains(string(opened.Body), "and more") {
		t.Fatalf("the owner cannot open the feedback: %v", err)
	}
	// Feedback from anybody else on the page is refused, whatever it claims.
	counselor := p.people["counselor"]
	in := wire.SaveRequest{Typ: "feedback", Owner: b64(p.sam.account.Acct[:]), Readers: []string{b64(counselor.account.Acct[:]), b64(p.sam.account.Acct[:])}, File: b64(file)}
	refusedWith(t, counselor.Do(ctx, "PUT", "/worksheets/"+ws+"/versions/1", in, nil), "thing.not_found")
	p.nothingInClear(ctx, t)
}

// Everything that ends a pairing closes the grants in the same transaction.
func TestWhatEndsAPairingClosesItsGrants(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	p := pair(ctx, t)
	ws := id.New[id.Worksheet]().String()
	page := "/shared/" + b64(p.sam.account.Acct[:]) + "/" + ws
	admin := p.people["admin"]
	open := func() {
		t.Helper()
		p.sign(ctx, t)
		check(t, p.sam.Do(ctx, "PUT", p.grant(ws), nil, nil))
	}
	check(t, p.save(ctx, t, ws, 1, "x", false))
	open()
	check(t, p.save(ctx, t, ws, 2, "x", false, p.mariaKeys))
	// A signature before expiry keeps what is shared.
	p.sign(ctx, t)
	status := func(who *person, to string) func() {
		return func() {
			check(t, admin.Do(ctx, "PUT", "/members/"+who.member+"/status", wire.MemberStatusRequest{Status: to}, nil))
		}
	}
	held := func(roles ...string) func() {
		return func() {
			check(t, admin.Do(ctx, "PUT", "/members/"+p.maria.member+"/roles", wire.MemberRolesRequest{Roles: roles}, nil))
		}
	}
	nothing := func() {}
	// The grant expires with the consent's last day, without anybody acting.
	expire := func() {
		super := p.db.Conn(t, "postgres")
		_, err := super.Exec(ctx, `update consent set signed_at = signed_at - interval '1 year', expires_at = now() - interval '1 second' where revoked_at is null`)
		check(t, err)
		_, err = super.Exec(ctx, `update reader_grant set until = now() - interval '1 second'`)
		check(t, err)
	}
	signIn := func(who *person) func() {
		return func() { check(t, who.LogIn(ctx, who.account.Handle, password)) }
	}
	for _, row := range []struct {
		what      string
		end, mend []func()
	}{
		{"the page's switch", []func(){func() { check(t, p.sam.Do(ctx, "DELETE", p.grant(ws), nil, nil)) }}, nil},
		{"the consent runs out", []func(){expire}, nil},
		{"the mentor is suspended", []func(){status(p.maria, "suspended"), status(p.maria, "active"), signIn(p.maria)}, nil},
		{"the participant is suspended", []func(){status(p.sam, "suspended"), status(p.sam, "active"), signIn(p.sam)}, nil},
		{"the mentor is no mentor any more", []func(){held("participant"), held("mentor")}, nil},
		{"the pairing ends", []func(){func() { check(t, p.people["counselor"].Do(ctx, "POST", "/assignments/"+p.assignment+"/end", nil, nil)) }}, []func(){nothing}},
	} {
		got := p.shared(ctx, t)
		if len(got) != 1 {
			t.Fatalf("before %s the mentor lists %v", row.what, got)
		}
		check(t, p.maria.Do(ctx, "GET", page, nil, nil))
		for _, step := range row.end {
			step()
		}
		if got := p.shared(ctx, t); len(got) != 0 {
			t.Errorf("after %s the mentor still lists %v", row.what, got)
		}
		// The endpoints that an open page polls, and that it loads its content from.
		for _, path := range []string{page, "/sealed/" + got[0].ID} {
			refusedWith(t, p.maria.Do(ctx, "GET", path, nil, nil), "thing.not_found")
		}
		if row.mend != nil {
			continue
		}
		// A new signature alone shares nothing again; the page's own switch must be turned on.
		p.sign(ctx, t)
		if got := p.shared(ctx, t); len(got) != 0 {
			t.Errorf("after %s a new consent alone shares %v", row.what, got)
		}
		open()
	}
	refusedWith(t, p.sam.Do(ctx, "PUT", p.grant(ws), nil, nil), "grant.no_consent")
	refusedWith(t, p.sam.Do(ctx, "GET", "/bundles/"+b64(p.maria.account.Acct[:]), nil, nil), "thing.not_found")
	refusedWith(t, p.sam.Do(ctx, "POST", "/assignments/"+p.assignment+"/consent", wire.SignRequest{TextVersion: "consent@1", Language: "en", Months: 1}, nil), "assignment.ended")
}

func TestAnInvitedMentorTakesTheirPlaceOnceTheyJoin(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	w := newWorld(t)
	admin, sam := w.people["admin"], w.people["participant"]
	var slips wire.NewSlips
	check(t, admin.Do(ctx, "POST", "/invitations", wire.InviteRequest{Roles: []string{"mentor"}, Cohort: w.cohort, Names: []string{"Maria"}, Language: "en", Days: 2}, &slips))
	var made wire.Created
	check(t, admin.Do(ctx, "POST", "/assignments", wire.AssignRequest{Participant: sam.member, Invitation: slips.Slips[0].ID}, &made))
	refusedWith(t, admin.Do(ctx, "POST", "/assignments", wire.AssignRequest{Participant: sam.member, Invitation: slips.Slips[0].ID}, nil), "assignment.exists")
	var list wire.Assignments
	check(t, sam.Do(ctx, "GET", "/assignments", nil, &list))
	if len(list.Assignments) != 1 || list.Assignments[0].Mentor != nil || list.Assignments[0].Invited != "Maria" {
		t.Fatalf("while she is invited: %+v", list.Assignments)
	}
	sign := wire.SignRequest{TextVersion: "consent@1", Language: "es", Months: 3}
	refusedWith(t, sam.Do(ctx, "POST", "/assignments/"+made.ID+"/consent", sign, nil), "consent.no_mentor")
	w.join(ctx, t, "maria", slips.Slips[0].Code)
	check(t, sam.Do(ctx, "GET", "/assignments", nil, &list))
	if len(list.Assignments) != 1 || list.Assignments[0].Mentor == nil || list.Assignments[0].Mentor.Member != w.people["maria"].member {
		t.Fatalf("once she joined: %+v", list.Assignments)
	}
	check(t, sam.Do(ctx, "POST", "/assignments/"+made.ID+"/consent", sign, nil))
	refusedWith(t, w.people["maria"].Do(ctx, "POST", "/assignments/"+made.ID+"/consent", sign, nil), "thing.not_found")
	var consents wire.Consents
	check(t, sam.Do(ctx, "GET", "/consents", nil, &consents))
	if len(consents.Consents) != 1 || consents.Consents[0].State != "open" || consents.Consents[0].Recipient != "Room maria" || consents.Consents[0].TextVersion != "consent@1" {
		t.Errorf("the ledger says %+v", consents.Consents)
	}
}

func TestACallReachesTheCohortsCounselorsOnly(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	w := newWorld(t)
	check(t, w.people["participant"].Do(ctx, "POST", "/talk-requests", nil, nil))
	check(t, w.people["participant"].Do(ctx, "POST", "/talk-requests", nil, nil))
	requests := func(who string) []wire.TalkRequest {
		var list wire.TalkRequests
		check(t, w.people[who].Do(ctx, "GET", "/talk-requests", nil, &list))
		return list.Requests
	}
	got := requests("counselor")
	if len(got) != 1 || got[0].RoomName != "Room participant" {
		t.Fatalf("the counselor's talk requests: %v", got)
	}
	if other := requests("other counselor"); len(other) != 0 {
		t.Errorf("another facility sees %v", other)
	}
	refusedWith(t, w.people["other counselor"].Do(ctx, "POST", "/talk-requests/"+got[0].ID+"/take", nil, nil), "thing.not_found")
	check(t, w.people["counselor2"].Do(ctx, "POST", "/talk-requests/"+got[0].ID+"/take", nil, nil))
	if left := requests("counselor"); len(left) != 0 {
		t.Errorf("after it was taken: %v", left)
	}
}

func TestANoteIsReadableByItsCounselorOnly(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	w := newWorld(t)
	workshop, dana := w.plan(ctx, t), w.people["counselor"]
	file, _, err := dana.account.Keys.Seal(client.Sealing{Typ: "note", Ws: workshop, Ver: 1, Vc: 1, At: time.Now(), Body: []byte(`{"text":"Canarysentence"}`)})
	check(t, err)
	check(t, dana.Do(ctx, "PUT", "/notes/"+workshop+"/versions/1", wire.NoteRequest{File: b64(file)}, nil))
	var note wire.Note
	check(t, dana.Do(ctx, "GET", "/notes/"+workshop, nil, &note))
	if note.Ver != 1 || note.File != b64(file) {
		t.Errorf("the note came back as version %d", note.Ver)
	}
	check(t, w.people["counselor2"].Do(ctx, "GET", "/notes/"+workshop, nil, &note))
	if note.Ver != 0 {
		t.Error("the co-counselor got a note")
	}
	for _, name := range []string{"admin", "mentor", "participant", "other counselor"} {
		refusedWith(t, w.people[name].Do(ctx, "GET", "/notes/"+workshop, nil, nil), "thing.not_found")
	}
	w.nothingInClear(ctx, t)
}
