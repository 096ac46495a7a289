package httpapi

import (
	"amends/server/wire"

	"github.com/gofiber/fiber/v2"
)

// who may ask a route at all; what they may do there is the use case's to say.
type who string

const (
	anybody  who = "anybody"
	signedIn who = "signed in"
	// guest routes take the narrow cookie of one room; inside routes take either.
	guest  who = "guest"
	inside who = "inside"
	// seated routes take whatever opens a room: a sign-in, a stage's or a guest's cookie.
	seated who = "seated"
)

// route is one line of the API. Takes and Gives are examples of what crosses the network,
// from which the OpenAPI document is written.
type route struct {
	Method, Path, Name string
	Who                who
	Takes, Gives       any
	Status             int
	// Sealed routes carry files and may be bigger.
	Sealed bool
	Do     fiber.Handler
}

func (r route) maxBody() int {
	if r.Sealed {
		return maxBody
	}
	return maxPlainBody
}

// routes is the whole API under /api/v1, but for the socket.
func (s *Server) routes() []route {
	const get, post, put, del = fiber.MethodGet, fiber.MethodPost, fiber.MethodPut, fiber.MethodDelete
	all := []route{
		{post, "/auth/slip", "readSlip", anybody, wire.SlipRequest{}, wire.Slip{}, 200, false, s.readSlip},
		{post, "/auth/reserve", "reserveName", anybody, wire.ReserveRequest{}, wire.Reserved{}, 200, false, s.reserveName},
		{post, "/auth/signup", "signUp", anybody, wire.SignUpRequest{}, nil, 201, true, s.signUp},
		{post, "/auth/prelogin", "prelogin", anybody, wire.PreloginRequest{}, wire.Prelogin{}, 200, false, s.prelogin},
		{post, "/auth/login", "logIn", anybody, wire.LoginRequest{}, wire.LoginAnswer{}, 200, false, s.logIn},
		{post, "/auth/sign-out", "signOut", anybody, nil, nil, 204, false, s.signOut},
		{post, "/auth/quick-exit", "quickExit", anybody, nil, nil, 204, false, s.quickExit},
		{get, "/me", "readMe", signedIn, nil, wire.Me{}, 200, false, s.readMe},
		{get, "/keys/wraps", "readWraps", signedIn, nil, wire.Wraps{}, 200, false, s.readWraps},
		{get, "/vault", "readVault", signedIn, nil, wire.VaultFile{}, 200, false, s.readVault},
		{put, "/vault", "saveVault", signedIn, wire.VaultFile{}, nil, 204, true, s.saveVault},
		{put, "/signin/half", "keepHalf", signedIn, wire.Half{}, nil, 204, false, s.keepHalf},
		{get, "/signin/half", "readHalf", signedIn, nil, wire.Half{}, 200, false, s.readHalf},
		{del, "/signin/half", "dropHalf", signedIn, nil, nil, 204, false, s.dropHalf},
		{get, "/facility", "readFacility", inside, nil, wire.Facility{}, 200, false, s.readFacility},
		{put, "/facility", "setFacility", signedIn, wire.FacilitySettingsRequest{}, nil, 204, false, s.setFacility},
		{get, "/members", "listMembers", signedIn, nil, wire.Members{}, 200, false, s.listMembers},
		{put, "/members/:member/status", "setMemberStatus", signedIn, wire.MemberStatusRequest{}, nil, 204, false, s.setMemberStatus},
		{put, "/members/:member/roles", "setMemberRoles", signedIn, wire.MemberRolesRequest{}, nil, 204, false, s.setMemberRoles},
		{get, "/invitations", "listInvitations", signedIn, nil, wire.Invitations{}, 200, false, s.listInvitations},
		{post, "/invitations", "makeSlips", signedIn, wire.InviteRequest{}, wire.NewSlips{}, 201, false, s.makeSlips},
		{del, "/invitations/:invitation", "revokeInvitation", signedIn, nil, nil, 204, false, s.revokeInvitation},
		{get, "/cohorts", "listCohorts", signedIn, nil, wire.Cohorts{}, 200, false, s.listCohorts},
		{post, "/cohorts", "createCohort", signedIn, wire.CohortRequest{}, wire.Created{}, 201, false, s.createCohort},
		{put, "/cohorts/:cohort", "updateCohort", signedIn, wire.CohortRequest{}, nil, 204, false, s.updateCohort},
		{post, "/cohorts/:cohort/archive", "archiveCohort", signedIn, nil, nil, 204, false, s.archiveCohort},
		{put, "/cohorts/:cohort/members/:member", "addToCohort", signedIn, nil, nil, 204, false, s.addToCohort},
		{del, "/cohorts/:cohort/members/:member", "removeFromCohort", signedIn, nil, nil, 204, false, s.removeFromCohort},
		{get, "/agendas", "listAgendas", signedIn, nil, wire.Agendas{}, 200, false, s.listAgendas},
		{post, "/agendas", "createAgenda", signedIn, wire.AgendaRequest{}, wire.Created{}, 201, false, s.createAgenda},
		{get, "/agendas/:agenda", "readAgenda", signedIn, nil, wire.Agenda{}, 200, false, s.readAgenda},
		{get, "/agendas/:agenda/versions/:ver", "readAgendaVersion", signedIn, nil, wire.Agenda{}, 200, false, s.readAgendaVersion},
		{put, "/agendas/:agenda/draft", "saveAgenda", signedIn, wire.AgendaDraftRequest{}, wire.AgendaSaved{}, 200, false, s.saveAgenda},
		{post, "/agendas/:agenda/publish", "publishAgenda", signedIn, wire.AgendaPublishRequest{}, nil, 204, false, s.publishAgenda},
		{put, "/agendas/:agenda/archived", "archiveAgenda", signedIn, wire.AgendaArchiveRequest{}, nil, 204, false, s.archiveAgenda},
		{get, "/workshops", "listWorkshops", signedIn, nil, wire.Workshops{}, 200, false, s.listWorkshops},
		{post, "/workshops", "scheduleWorkshop", signedIn, wire.ScheduleRequest{}, wire.Created{}, 201, false, s.scheduleWorkshop},
		{get, "/workshops/:workshop", "readWorkshop", signedIn, nil, wire.Workshop{}, 200, false, s.readWorkshop},
		{post, "/workshops/:workshop/cancel", "cancelWorkshop", signedIn, nil, nil, 204, false, s.cancelWorkshop},
		{post, "/workshops/:workshop/pairing", "makePairing", signedIn, nil, wire.Pairing{}, 200, false, s.makePairing},
		{get, "/workshops/:workshop/attendance", "readAttendance", signedIn, nil, wire.AttendanceSheet{}, 200, false, s.readAttendance},
		{post, "/workshops/:workshop/attendance/confirm", "confirmAttendance", signedIn, wire.ConfirmRequest{}, nil, 204, false, s.confirmAttendance},
		{post, "/workshops/:workshop/attendance/:member/correct", "correctAttendance", signedIn, wire.CorrectRequest{}, wire.Created{}, 201, false, s.correctAttendance},
		{get, "/attendance", "readOwnAttendance", signedIn, nil, wire.OwnAttendance{}, 200, false, s.readOwnAttendance},
		{get, "/room-codes/:code", "readRoomCode", signedIn, nil, wire.RoomCode{}, 200, false, s.readRoomCode},
		{post, "/stage/pair", "pairStage", anybody, wire.PairRequest{}, wire.Paired{}, 200, false, s.pairStage},
		{post, "/workshops/:workshop/passes", "makePass", signedIn, wire.PassRequest{}, wire.Pass{}, 201, false, s.makePass},
		{post, "/guest/pass", "enterByPass", anybody, wire.PassEntryRequest{}, wire.GuestIn{}, 200, false, s.enterByPass},
		{post, "/guest/enter", "enterAsGuest", anybody, wire.GuestEntryRequest{}, wire.GuestIn{}, 200, false, s.enterAsGuest},
		{post, "/guest/leave", "leaveAsGuest", anybody, nil, nil, 204, false, s.leaveAsGuest},
		{get, "/rooms/:workshop/poll", "pollRoom", seated, nil, wire.RoomPoll{}, 200, false, s.pollRoom},
		{post, "/rooms/:workshop/commands", "commandRoom", seated, wire.RoomCommand{}, wire.RoomAck{}, 200, false, s.commandRoom},
		{get, "/guest", "readGuest", guest, nil, wire.GuestMe{}, 200, false, s.readGuest},
		{get, "/worksheets", "listWorksheets", signedIn, nil, wire.SealedList{}, 200, false, s.listWorksheets},
		{get, "/worksheets/:ws/versions", "listVersions", signedIn, nil, wire.SealedList{}, 200, false, s.listVersions},
		{put, "/worksheets/:ws/versions/:ver", "saveWorksheet", signedIn, wire.SaveRequest{}, wire.Created{}, 201, true, s.saveWorksheet},
		{del, "/worksheets/:ws", "deleteWorksheet", signedIn, nil, nil, 204, false, s.deleteWorksheet},
		{get, "/grants", "listGrants", signedIn, nil, wire.Grants{}, 200, false, s.listGrants},
		{put, "/grants/:ws/:reader", "share", signedIn, nil, nil, 204, false, s.share},
		{del, "/grants/:ws/:reader", "unshare", signedIn, nil, nil, 204, false, s.unshare},
		{get, "/shared", "listShared", signedIn, nil, wire.SealedList{}, 200, false, s.listShared},
		{get, "/shared/:owner/:ws", "listSharedVersions", signedIn, nil, wire.SealedList{}, 200, false, s.listSharedVersions},
		{get, "/assignments", "listAssignments", signedIn, nil, wire.Assignments{}, 200, false, s.listAssignments},
		{post, "/assignments", "assign", signedIn, wire.AssignRequest{}, wire.Created{}, 201, false, s.assign},
		{post, "/assignments/:assignment/end", "endAssignment", signedIn, nil, nil, 204, false, s.endAssignment},
		{post, "/assignments/:assignment/consent", "signConsent", signedIn, wire.SignRequest{}, wire.Created{}, 201, false, s.signConsent},
		{get, "/consents", "listConsents", signedIn, nil, wire.Consents{}, 200, false, s.listConsents},
		{post, "/consents/:consent/revoke", "revokeConsent", signedIn, nil, nil, 204, false, s.revokeConsent},
		{get, "/bundles/:acct", "readBundle", signedIn, nil, wire.Bundle{}, 200, false, s.readBundle},
		{get, "/openings", "listOpenings", signedIn, nil, wire.Openings{}, 200, false, s.listOpenings},
		{post, "/calls", "tellCounselor", signedIn, nil, nil, 204, false, s.tellCounselor},
		{get, "/calls", "listCalls", signedIn, nil, wire.Calls{}, 200, false, s.listCalls},
		{post, "/calls/:call/take", "takeCall", signedIn, nil, nil, 204, false, s.takeCall},
		{get, "/notes/:workshop", "readNote", signedIn, nil, wire.Note{}, 200, false, s.readNote},
		{put, "/notes/:workshop/versions/:ver", "saveNote", signedIn, wire.NoteRequest{}, nil, 204, true, s.saveNote},
		{get, "/sealed/:id", "openSealed", signedIn, nil, []byte{}, 200, false, s.openSealed},
	}
	if s.Demo != nil {
		all = append(all, route{get, demoPeople, "listDemoPeople", anybody, nil, wire.DemoPeople{}, 200, false, s.listDemoPeople})
	}
	return all
}
