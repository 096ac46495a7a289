package server_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"amends/server/app"
	"amends/server/client"
	"amends/server/wire"
)

// told lists every answer to a mentor that could name a participant: all that is asked for without
// naming anybody.
func (p *pairing) told(ctx context.Context, t *testing.T) (naming []string) {
	t.Helper()
	asked := 0
	for _, o := range app.Operations() {
		if o.Method != "GET" || strings.Contains(o.Path, ":") || o.Who != app.BySignIn && o.Who != app.ByInside {
			continue
		}
		raw, err := p.maria.Raw(ctx, "GET", o.Path)
		if err != nil {
			continue
		}
		asked++
		for _, name := range []string{"Room participant", p.sam.member, b64(p.sam.account.Acct[:])} {
			if strings.Contains(strings.ReplaceAll(string(raw), "Room participant2", ""), name) {
				naming = append(naming, o.Name)
				break
			}
		}
	}
	if asked < 8 {
		t.Errorf("only %d lists were answered", asked)
	}
	return naming
}

func (p *pairing) listed(ctx context.Context, t *testing.T, c *client.Client) wire.Assignment {
	t.Helper()
	var list wire.Assignments
	check(t, c.Do(ctx, "GET", "/assignments", nil, &list))
	if len(list.Assignments) != 1 {
		t.Fatalf("%d assignments", len(list.Assignments))
	}
	return list.Assignments[0]
}

// An assignment by itself names nobody to a mentor who is not of the house, before the consent and once
// it has ended. The participant, and staff, see whom it is about.
func TestAMentorOfOutsideLearnsNoNameBeforeTheConsent(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	p := pair(ctx, t)
	unnamed := func(when string) {
		t.Helper()
		if naming := p.told(ctx, t); len(naming) > 0 {
			t.Errorf("%s the mentor is told who it is by %v", when, naming)
		}
		if a := p.listed(ctx, t, p.maria.Client); a.Participant != nil || a.Mentor == nil || a.Mentor.Inside {
			t.Errorf("%s the mentor sees %+v", when, a)
		}
	}
	named := func(when string) {
		t.Helper()
		if a := p.listed(ctx, t, p.maria.Client); a.Participant == nil || a.Participant.Member != p.sam.member || a.Participant.RoomName != "Room participant" {
			t.Errorf("%s the mentor sees %+v", when, a)
		}
	}
	unnamed("before the consent")
	if a := p.listed(ctx, t, p.sam.Client); a.Participant == nil || a.Mentor == nil || a.Mentor.RoomName != "Room mentor" {
		t.Errorf("the participant sees %+v", a)
	}
	if a := p.listed(ctx, t, p.people["counselor"].Client); a.Participant == nil || a.Participant.RoomName != "Room participant" {
		t.Errorf("the counselor sees %+v", a)
	}
	// Comparing needs the consent, and both sides' keys.
	consent := p.sign(ctx, t)
	named("with the consent")
	p.bundle(ctx, t, p.maria, p.sam)
	p.bundle(ctx, t, p.sam, p.maria)
	check(t, p.sam.Do(ctx, "POST", "/consents/"+consent+"/revoke", nil, nil))
	unnamed("after the consent was taken back")
	p.sign(ctx, t)
	named("with another consent")
	_, err := p.db.Conn(t, "postgres").Exec(ctx, `update consent set signed_at = signed_at - interval '1 year', expires_at = now() - interval '1 second'`)
	check(t, err)
	unnamed("after the consent ran out")
	p.sign(ctx, t)
	check(t, p.people["counselor"].Do(ctx, "POST", "/assignments/"+p.assignment+"/end", nil, nil))
	unnamed("after the pairing ended")
}

// A mentor who is staff of the house knows its people, and the participant is told so before they sign.
func TestAMentorOfTheHouseIsMarkedInside(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	p := pair(ctx, t)
	for _, role := range []string{"counselor", "admin"} {
		check(t, p.people["admin"].Do(ctx, "PUT", "/members/"+p.maria.member+"/roles", wire.MemberRolesRequest{Roles: []string{"mentor", role}}, nil))
		if a := p.listed(ctx, t, p.maria.Client); a.Participant == nil || a.Participant.Member != p.sam.member {
			t.Errorf("a mentor who is %s sees %+v", role, a)
		}
		if a := p.listed(ctx, t, p.sam.Client); a.Mentor == nil || !a.Mentor.Inside {
			t.Errorf("of a mentor who is %s the participant sees %+v", role, a)
		}
	}
	check(t, p.people["admin"].Do(ctx, "PUT", "/members/"+p.maria.member+"/roles", wire.MemberRolesRequest{Roles: []string{"mentor"}}, nil))
	if a := p.listed(ctx, t, p.sam.Client); a.Mentor == nil || a.Mentor.Inside {
		t.Errorf("of a mentor from outside the participant sees %+v", a)
	}
}
