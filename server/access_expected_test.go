package server_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"amends/server/app"
	"amends/server/client"
	"amends/server/id"
	"amends/server/wire"
)

type (
	at    = map[string]string
	words = map[string]string
)

// expectations are all expected answers by operation name; several per operation where the answer
// depends on the object.
func expectations() map[string][]expected {
	all := map[string][]expected{}
	for _, part := range []map[string][]expected{expectedOfAccounts(), expectedOfFacilities(), expectedOfAgendas(), expectedOfWorkshops(), expectedOfRooms(), expectedOfSheets(), expectedOfPairs()} {
		for name, e := range part {
			all[name] = e
		}
	}
	return all
}

func only(who ...string) []string { return who }

func signedIn() []string { return slices.Concat(house(), away()) }

// just is an operation without arguments.
func just(may []string) []expected { return []expected{{may: may, ask: nothingAsked}} }

func nothingAsked(*scene, string) ask { return ask{} }

func expectedOfAccounts() map[string][]expected {
	return map[string][]expected{
		"readSlip": {{is: marks(), by: app.ByAnybody, may: askers(), ask: func(s *scene, _ string) ask { return ask{body: wire.SlipRequest{Invite: s.slip}} }}},
		"reserveName": {{by: app.ByAnybody, may: askers(), ask: func(s *scene, _ string) ask {
			return ask{body: wire.ReserveRequest{Invite: s.slipFor("participant"), Handle: "name" + s.fresh()}}
		}}},
		"signUp":   {{is: marks(app.Makes, app.Natural), by: app.ByAnybody, limit: 64 << 10, may: askers(), answer: "404 slip.unknown", ask: func(s *scene, _ string) ask { return ask{body: strangeSignUp(s)} }}},
		"prelogin": {{is: marks(), by: app.ByAnybody, may: askers(), ask: func(*scene, string) ask { return ask{body: wire.PreloginRequest{Handle: "h-participant"}} }}},
		"logIn": {{is: marks(), by: app.ByAnybody, may: askers(), answer: "401 signin.refused", ask: func(s *scene, _ string) ask {
			return ask{body: wire.LoginRequest{Handle: "nobody" + s.fresh(), Apw: key()}}
		}}},
		"stepUp":          {{is: marks(), may: signedIn(), answer: "403 stepup.refused", ask: func(*scene, string) ask { return ask{body: wire.StepUpRequest{Apw: key()}} }}},
		"signOut":         {{by: app.ByAnybody, may: askers(), ask: nothingAsked}},
		"quickExit":       {{by: app.ByAnybody, may: askers(), ask: nothingAsked}},
		"readMe":          just(signedIn()),
		"listDevices":     just(signedIn()),
		"noteDevices":     just(signedIn()),
		"endOtherDevices": just(signedIn()),
		"endDevice":       {{hides: true, may: signedIn(), answer: "404 thing.not_found", ask: func(*scene, string) ask { return ask{at: at{"device": id.New[id.Signin]().String()}} }}},
		"readWraps":       just(signedIn()),
		"readVault":       just(signedIn()),
		"saveVault": {{limit: 1 << 20, may: signedIn(), ask: func(s *scene, who string) ask {
			vault, before := s.nextVault(who)
			return ask{body: vault, header: http.Header{"If-Match": {before}}}
		}}},
		"keepHalf": {{is: marks(app.Ephemeral), may: signedIn(), ask: func(*scene, string) ask { return ask{body: wire.Half{Half: key()}} }}},
		"takeHalf": {{is: marks(app.Ephemeral, app.Natural), may: signedIn(), ask: nothingAsked}},
		"dropHalf": {{is: marks(app.Ephemeral), may: signedIn(), ask: nothingAsked}},
	}
}

// strangeSignUp is a complete sign-up with a slip code that does not exist.
func strangeSignUp(s *scene) wire.SignUpRequest {
	wrap := b64(make([]byte, wire.WrapBytes))
	return wire.SignUpRequest{Invite: "ABCDEFGH12345678", Handle: "name" + s.fresh(), RoomName: "Name", Language: "en", Acct: s.acct("participant"), Kdf: "a1", Salt: b64(make([]byte, 16)),
		Apw: key(), Acard: key(), Epoch: 1, Wraps: []wire.WrapBlob{{Kind: 1, Blob: wrap}, {Kind: 2, Blob: wrap}}, Bundle: b64(s.sam.account.Keys.Bundle()), Vault: wire.VaultFile{Ctr: 1, File: s.one}}
}

func expectedOfFacilities() map[string][]expected {
	staff := only("admin", "counselor", "counselor2", "other admin", "other counselor")
	ours := func(s *scene, member string) at { return at{"cohort": s.cohort, "member": s.people[member].member} }
	invite := func(role string) func(*scene, string) ask {
		return func(s *scene, _ string) ask {
			in := wire.InviteRequest{Roles: []string{role}, Count: 1, Language: "en", Days: 1}
			if role == "participant" {
				in.Cohort = s.cohort
			}
			return ask{body: in}
		}
	}
	return map[string][]expected{
		"readFacility": {{by: app.ByInside, may: slices.Concat(signedIn(), only("guest", "pass")), ask: nothingAsked}},
		"setFacility":  {{may: only("admin", "other admin"), ask: func(*scene, string) ask { return ask{body: wire.FacilitySettingsRequest{Track: "twelve_step"}} }}},
		"listMembers":  {{is: marks(), may: staff, ask: nothingAsked}},
		"setMemberStatus": {{may: only("admin"), ask: func(s *scene, _ string) ask {
			return ask{at: at{"member": s.people["participant2"].member}, body: wire.MemberStatusRequest{Status: "active"}}
		}}},
		"setMemberRoles": {{is: marks(app.StepUp), may: only("admin"), ask: func(s *scene, _ string) ask {
			return ask{at: at{"member": s.people["mentor2"].member}, body: wire.MemberRolesRequest{Roles: []string{"mentor"}}}
		}}},
		"listInvitations":  just(staff),
		"makeSlips":        {{is: marks(app.Makes, app.Once), may: only("admin", "counselor"), ask: invite("participant")}, {may: only("admin", "other admin"), ask: invite("admin")}},
		"revokeInvitation": {{may: only("admin", "counselor"), ask: func(s *scene, _ string) ask { return ask{at: at{"invitation": s.newSlip("participant").ID}} }}},
		"listCohorts":      just(signedIn()),
		"createCohort":     {{is: marks(app.Makes, app.Once), may: only("admin", "other admin"), ask: func(*scene, string) ask { return ask{body: cohortFacts()} }}},
		"updateCohort":     {{may: only("admin", "counselor"), ask: func(s *scene, _ string) ask { return ask{at: at{"cohort": s.cohort}, body: cohortFacts()} }}},
		"archiveCohort":    {{may: only("admin"), ask: func(s *scene, _ string) ask { return ask{at: at{"cohort": s.freshCohort()}} }}},
		"addToCohort": {
			{may: only("admin", "counselor"), ask: func(s *scene, _ string) ask { return ask{at: ours(s, "mentor"), body: wire.CohortRoleRequest{}} }},
			// People of another cohort, whom this counselor has nothing to do with; and staff, whom only an
			// admin makes. What the admin does here gives nobody anything.
			{may: only("admin"), ask: func(s *scene, who string) ask { return s.addedBy(who, "mentor2", "participant2", "") }},
			{may: only("admin"), ask: func(s *scene, who string) ask { return s.addedBy(who, "counselor", "counselor2", "staff") }},
		},
		"removeFromCohort": {{may: only("admin", "counselor"), ask: func(s *scene, _ string) ask {
			return ask{at: at{"cohort": s.freshCohort(), "member": s.sam.member}}
		}}},
	}
}

func expectedOfAgendas() map[string][]expected {
	planners := only("admin", "counselor", "counselor2", "other admin", "other counselor")
	readers := slices.Concat(planners, only("mentor", "mentor2", "other mentor"))
	ours := only("admin", "counselor", "counselor2", "mentor", "mentor2")
	// Agendas are hidden from participants.
	unseen := words{"participant": "404 thing.not_found", "participant2": "404 thing.not_found"}
	part := wire.AgendaPart{Type: "arrive", Title: "Arrive", PlannedMin: 5, Points: []string{}, Worksheet: "none"}
	return map[string][]expected{
		"listAgendas":  just(readers),
		"createAgenda": {{is: marks(app.Makes, app.Once), may: planners, ask: func(*scene, string) ask { return ask{body: wire.AgendaRequest{Language: "en", Title: "Ours"}} }}},
		"readAgenda": {
			{may: readers, ask: func(*scene, string) ask {
				return ask{at: at{"agenda": "step9-60"}, query: url.Values{"language": {"en"}}}
			}},
			{may: ours, otherwise: unseen, ask: func(s *scene, _ string) ask { return ask{at: at{"agenda": s.agenda}} }},
		},
		"readAgendaVersion": {{may: ours, otherwise: unseen, ask: func(s *scene, _ string) ask { return ask{at: at{"agenda": s.agenda, "ver": "1"}} }}},
		"saveAgenda": {{may: only("admin", "counselor"), otherwise: unseen, ask: func(s *scene, _ string) ask {
			return ask{at: at{"agenda": s.freshAgenda()}, body: wire.AgendaDraftRequest{Ver: 1, Rev: 1, Title: "Ours", TargetMin: 60, Segments: []wire.AgendaPart{part}}}
		}}},
		"publishAgenda": {{may: only("admin", "counselor"), otherwise: unseen, ask: func(s *scene, _ string) ask {
			return ask{at: at{"agenda": s.freshAgenda()}, body: wire.AgendaPublishRequest{Ver: 1, Rev: 1}}
		}}},
		"archiveAgenda": {{may: only("admin"), otherwise: unseen, ask: func(s *scene, _ string) ask {
			return ask{at: at{"agenda": s.freshAgenda()}, body: wire.AgendaArchiveRequest{Archived: true}}
		}}},
	}
}

func expectedOfWorkshops() map[string][]expected {
	in := func(s *scene, _ string) ask { return ask{at: at{"workshop": s.workshop}} }
	open := func(s *scene, who string) ask {
		plan := scheduleIn("", s.people["counselor"].member)
		if slices.Contains(away(), who) {
			plan.Lead = s.people["other counselor"].member
		}
		plan.Kind = "open"
		return ask{body: plan}
	}
	return map[string][]expected{
		"listWorkshops": {
			{may: signedIn(), ask: nothingAsked},
			{may: signedIn(), ask: func(*scene, string) ask {
				return ask{query: url.Values{"since": {"1750000000000"}, "until": {"1950000000000"}}}
			}},
		},
		"scheduleWorkshop": {
			{is: marks(app.Makes, app.Once), may: only("admin", "counselor"), ask: func(s *scene, _ string) ask { return ask{body: scheduleIn(s.cohort, s.people["counselor"].member)} }},
			{may: only("admin", "counselor", "counselor2", "other admin", "other counselor"), ask: open},
		},
		"readWorkshop":   {{hides: true, may: only("admin", "counselor", "mentor", "participant"), ask: in}},
		"cancelWorkshop": {{hides: true, may: only("admin", "counselor"), ask: func(s *scene, _ string) ask { return ask{at: at{"workshop": s.plan("counselor")}} }}},
		"makeStageCode":  {{is: marks(app.Once), hides: true, may: only("counselor"), ask: in}},
		"makePass": {{is: marks(app.Makes, app.Once), hides: true, may: only("counselor"), ask: func(s *scene, _ string) ask {
			return ask{at: at{"workshop": s.workshop}, body: wire.PassRequest{Member: s.sam.member}}
		}}},
		"listRoomPeople": {
			{is: marks(app.Reads, app.Natural), hides: true, may: only("counselor"), ask: func(s *scene, _ string) ask {
				return ask{at: at{"workshop": s.workshop}, body: wire.RoomPeopleRequest{Page: 1}}
			}},
			{hides: true, may: only("counselor"), ask: func(s *scene, _ string) ask {
				return ask{at: at{"workshop": s.open}, body: wire.RoomPeopleRequest{Search: "Room", Page: 1}}
			}},
		},
		"readAttendance": {
			{is: marks(), hides: true, may: only("admin", "counselor"), ask: in},
			// Everybody may come to an open meeting; who came is for its facilitators.
			{hides: true, may: only("admin", "counselor"), ask: func(s *scene, _ string) ask { return ask{at: at{"workshop": s.open}} }},
		},
		"confirmAttendance": {{hides: true, may: only("counselor"), ask: func(s *scene, _ string) ask {
			return ask{at: at{"workshop": s.ended}, body: wire.ConfirmRequest{Members: []string{s.sam.member}}}
		}}},
		"correctAttendance": {{is: marks(app.Makes, app.Once), hides: true, may: only("admin", "counselor"), ask: func(s *scene, _ string) ask {
			return ask{at: at{"workshop": s.ended, "member": s.sam.member}, body: wire.CorrectRequest{Minutes: 30, Reason: "other", Replaces: s.recordOf(s.ended)}}
		}}},
		"readOwnAttendance": just(only("admin", "mentor", "mentor2", "participant", "participant2", "other admin", "other mentor", "other participant")),
		"readRoomCode":      {{hides: true, may: only("admin", "counselor", "mentor", "participant"), ask: func(s *scene, _ string) ask { return ask{at: at{"code": s.roomCode(s.workshop)}} }}},
	}
}

func expectedOfRooms() map[string][]expected {
	group := func(s *scene, _ string) ask { return ask{at: at{"workshop": s.workshop}} }
	open := func(s *scene, _ string) ask { return ask{at: at{"workshop": s.open}} }
	say := func(where func(*scene, string) ask) func(*scene, string) ask {
		return func(s *scene, who string) ask {
			a := where(s, who)
			if seated := only("mentor", "mentor2", "participant", "participant2", "guest", "pass"); slices.Contains(seated, who) {
				a.query = s.inRoom(who, a.at["workshop"])
			}
			a.body = json.RawMessage(client.CommandFrame(id.New[id.Command]().String(), "away", "", -1))
			return a
		}
	}
	// They may read, but may not send the command used here.
	looking := words{"counselor": "403 access.refused", "stage": "403 access.refused"}
	return map[string][]expected{
		"connectStage": {{by: app.ByAnybody, may: askers(), ask: func(s *scene, _ string) ask { return ask{body: wire.ConnectRequest{Code: s.stageCode()}} }}},
		"enterByPass":  {{by: app.ByAnybody, may: askers(), ask: func(s *scene, _ string) ask { return ask{body: wire.PassEntryRequest{Code: s.passCode("mentor")}} }}},
		"enterAsGuest": {{is: marks(), by: app.ByAnybody, may: askers(), ask: func(s *scene, _ string) ask {
			return ask{body: wire.GuestEntryRequest{Code: s.openCode, Name: "Name " + s.fresh()}}
		}}},
		"readPuzzle":   {{by: app.ByAnybody, may: askers(), ask: nothingAsked}},
		"leaveAsGuest": {{by: app.ByAnybody, hides: true, may: askers(), ask: nothingAsked}},
		"readGuest":    {{by: app.ByGuest, hides: true, may: only("guest", "pass"), ask: nothingAsked}},
		"pollRoom": {
			{by: app.BySeat, hides: true, may: only("counselor", "mentor", "participant", "pass", "stage"), ask: group},
			{by: app.BySeat, hides: true, may: only("counselor", "mentor", "mentor2", "participant", "participant2", "guest"), otherwise: words{"stage": "403 access.refused"}, ask: open},
		},
		"commandRoom": {
			{by: app.BySeat, hides: true, limit: 16 << 10, may: only("mentor", "participant", "pass"), otherwise: looking, ask: say(group)},
			{by: app.BySeat, hides: true, limit: 16 << 10, may: only("mentor", "mentor2", "participant", "participant2", "guest"), otherwise: looking, ask: say(open)},
		},
	}
}

func expectedOfSheets() map[string][]expected {
	owners := only("participant", "participant2", "other participant")
	return map[string][]expected{
		"listWorksheets": just(owners),
		"listVersions":   {{hides: true, may: only("participant", "mentor"), ask: func(s *scene, _ string) ask { return ask{at: at{"ws": s.sheet}} }}},
		"saveWorksheet": {
			{is: marks(app.Makes, app.Natural), hides: true, limit: 1 << 20, may: owners, ask: func(s *scene, who string) ask {
				return ask{at: at{"ws": id.New[id.Worksheet]().String(), "ver": "1"}, body: wire.SaveRequest{Typ: "worksheet", Readers: []string{s.acct(who)}, File: s.one}}
			}},
			{hides: true, limit: 1 << 20, may: only("mentor"), ask: func(s *scene, who string) ask {
				readers := []string{s.acct(who), s.acct("participant")}
				if readers[0] == readers[1] {
					readers[0] = s.acct("mentor")
				}
				return ask{at: at{"ws": s.sheet, "ver": "1"}, body: wire.SaveRequest{Typ: "feedback", Owner: s.acct("participant"), Readers: readers, File: s.two}}
			}},
		},
		"deleteWorksheet": {{hides: true, may: only("participant"), ask: func(s *scene, _ string) ask { return ask{at: at{"ws": s.freshSheet()}} }}},
		"openSealed":      {{is: marks(), hides: true, may: only("participant", "mentor"), ask: func(s *scene, _ string) ask { return ask{at: at{"id": s.sealed}} }}},
		"readNote":        {{hides: true, may: only("counselor"), ask: func(s *scene, _ string) ask { return ask{at: at{"workshop": s.workshop}} }}},
		"saveNote": {{hides: true, limit: 1 << 20, may: only("counselor"), ask: func(s *scene, _ string) ask {
			return ask{at: at{"workshop": s.workshop, "ver": "1"}, body: wire.NoteRequest{File: s.one}}
		}}},
	}
}

func expectedOfPairs() map[string][]expected {
	owners := only("participant", "participant2", "other participant")
	granted := func(s *scene, _ string) ask { return ask{at: at{"ws": s.sheet, "reader": s.acct("mentor")}} }
	return map[string][]expected{
		"listGrants": just(owners),
		// The others have no consent in force, and so cannot share.
		"share": {{may: only("participant"), ask: granted, otherwise: words{"participant2": "403 grant.no_consent", "other participant": "403 grant.no_consent"}}},
		"unshare": {{may: owners, ask: func(s *scene, _ string) ask {
			return ask{at: at{"ws": id.New[id.Worksheet]().String(), "reader": s.acct("mentor")}}
		}}},
		"listShared":         just(only("mentor", "mentor2", "other mentor")),
		"listSharedVersions": {{hides: true, may: only("mentor"), ask: func(s *scene, _ string) ask { return ask{at: at{"owner": s.acct("participant"), "ws": s.sheet}} }}},
		"listAssignments":    {{is: marks(), may: signedIn(), ask: nothingAsked}},
		"assign": {{is: marks(app.Makes, app.Once), hides: true, may: only("admin", "counselor"), ask: func(s *scene, _ string) ask {
			return ask{body: wire.AssignRequest{Participant: s.sam.member, Invitation: s.newSlip("mentor").ID}}
		}}},
		"endAssignment": {{hides: true, may: only("admin", "counselor"), ask: func(s *scene, _ string) ask { return ask{at: at{"assignment": s.freshAssignment()}} }}},
		"signConsent": {{is: marks(app.Makes, app.Once), hides: true, may: only("participant"), ask: func(s *scene, _ string) ask {
			return ask{at: at{"assignment": s.assignment}, body: wire.SignRequest{TextVersion: "consent@1", Language: "en", Months: 6}}
		}}},
		"listConsents":     just(only("mentor", "mentor2", "participant", "participant2", "other mentor", "other participant")),
		"revokeConsent":    {{hides: true, may: only("participant"), ask: func(s *scene, _ string) ask { return ask{at: at{"consent": s.sign(s.ctx, s.T)}} }}},
		"readBundle":       {{hides: true, may: only("mentor"), ask: func(s *scene, _ string) ask { return ask{at: at{"acct": s.acct("participant")}} }}},
		"listOpenings":     just(signedIn()),
		"requestTalk":      just(owners),
		"listTalkRequests": just(only("counselor", "counselor2", "other counselor")),
		"takeTalkRequest":  {{hides: true, may: only("counselor"), ask: func(s *scene, _ string) ask { return ask{at: at{"request": s.freshTalkRequest()}} }}},
	}
}
