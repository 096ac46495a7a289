package app

import (
	"slices"

	"amends/roles"
	"amends/server/bus"
	"amends/server/wire"
)

// Operations is the whole API under /api/v1 except the socket: one row says everything about an
// operation. Routes, permission checks, the OpenAPI document, the golden file, the front end's client
// and the tests of access and of bad input are derived from it or iterate it.
func Operations() []Operation {
	return slices.Concat(accountOperations(), facilityOperations(), agendaOperations(), workshopOperations(), roomOperations(), sheetOperations(), pairOperations(), careOperations())
}

const get, post, put, del = "GET", "POST", "PUT", "DELETE"

func accountOperations() []Operation {
	return []Operation{
		{post, "/auth/slip", "readSlip", "What an invitation slip invites to", ByAnybody, "", 0, gives2(sent(wire.SlipRequest.Parse), from(), (*App).Slip).limited(bus.InvitationPerAddress())},
		{post, "/auth/reserve", "reserveName", "Keep a sign-in name for a slip", ByAnybody, "", Natural, gives2(sent(wire.ReserveRequest.Parse), from(), (*App).Reserve).limited(bus.InvitationPerAddress())},
		{post, "/auth/signup", "signUp", "Make an account from a slip", ByAnybody, "", Makes | Sealed | Natural, does2(sent(wire.SignUpRequest.Parse), from(), (*App).SignUp).limited(bus.InvitationPerAddress())},
		{post, "/auth/prelogin", "prelogin", "How to derive the key of a name", ByAnybody, "", 0, gives3(sent(wire.PreloginRequest.Parse), from(), fromDevice(), (*App).Prelogin).limited(bus.PreloginPerAddress())},
		{post, "/auth/login", "logIn", "Sign in", ByAnybody, "", 0, handled(sent(wire.LoginRequest.Parse), wire.LoginAnswer{}).limited(bus.SigninPerAddress())},
		{post, "/auth/sign-out", "signOut", "Sign out", ByAnybody, roles.SigninOwn, Natural, handled(nil, nil)},
		{post, "/auth/quick-exit", "quickExit", "Sign out, and leave the room as a guest", ByAnybody, "", Natural, handled(nil, nil).countedAs("signOut", "leaveAsGuest")},
		{post, "/auth/step-up", "stepUp", "Prove once more that it is oneself", BySignIn, roles.SigninOwn, 0, does1(sent(wire.StepUpRequest.Parse), (*App).StepUp)},
		{get, "/me", "readMe", "The person who is signed in", BySignIn, roles.SigninOwn, Reads, gives0((*App).Me)},
		{get, "/devices", "listDevices", "Where one is signed in", BySignIn, roles.SigninOwn, Reads, gives0((*App).Devices)},
		{post, "/devices/noted", "noteDevices", "Have seen where one is signed in", BySignIn, roles.SigninOwn, Natural, does0((*App).NoteDevices)},
		{del, "/devices/:device", "endDevice", "Sign one device out", BySignIn, roles.SigninOwn, Private, does1(at("device", wire.ParseDevice), (*App).EndDevice)},
		{post, "/devices/end-others", "endOtherDevices", "Sign all other devices out", BySignIn, roles.SigninOwn, Natural, does0((*App).EndOtherDevices)},
		{get, "/keys/wraps", "readWraps", "The sealed copies of one's root key", BySignIn, roles.KeysOwn, Reads, gives0((*App).Wraps)},
		{get, "/vault", "readVault", "One's sealed vault", BySignIn, roles.KeysOwn, Reads, gives0((*App).Vault)},
		{put, "/vault", "saveVault", "Replace one's sealed vault", BySignIn, roles.KeysOwn, Sealed, does2(sent(wire.VaultFile.Parse), header("If-Match", wire.ParseVaultBefore), (*App).SaveVault)},
		{put, "/signin/half", "keepHalf", "Keep the server's half of a resume key", BySignIn, roles.KeysOwn, Ephemeral, does1(sent(wire.Half.Parse), (*App).KeepHalf)},
		{post, "/signin/half/take", "takeHalf", "Take that half back", BySignIn, roles.KeysOwn, Ephemeral | Natural, gives0((*App).TakeHalf)},
		{del, "/signin/half", "dropHalf", "Forget that half", BySignIn, roles.KeysOwn, Ephemeral, does0((*App).DropHalf)},
	}
}

func facilityOperations() []Operation {
	member, cohort := at("member", wire.ParseMember), at("cohort", wire.ParseCohort)
	return []Operation{
		{get, "/facility", "readFacility", "The facility: names, zone, crisis lines", ByInside, roles.FacilityRead, Reads, gives0((*App).Facility)},
		{put, "/facility", "setFacility", "Set the facility's wording and duty note", BySignIn, roles.FacilityUpdate, 0, does1(sent(wire.FacilitySettingsRequest.Parse), (*App).SetFacility)},
		{get, "/members", "listMembers", "The people of the facility, or of one's cohorts", BySignIn, roles.MemberRead, 0, gives0((*App).Members)},
		{put, "/members/:member/status", "setMemberStatus", "Suspend a person, or let them back in", BySignIn, roles.MemberSuspend, 0, does2(member, sent(wire.MemberStatusRequest.Parse), (*App).SetMemberStatus)},
		{put, "/members/:member/roles", "setMemberRoles", "Give a person exactly these roles", BySignIn, roles.MemberUpdateRole, StepUp, does2(member, sent(wire.MemberRolesRequest.Parse), (*App).SetMemberRoles)},
		{get, "/invitations", "listInvitations", "Slips, without their codes", BySignIn, roles.InvitationRead, Reads, gives0((*App).Invitations)},
		{post, "/invitations", "makeSlips", "Make slips to print", BySignIn, roles.InvitationCreate, Makes | Once, gives1(sent(wire.InviteRequest.Parse), (*App).Invite)},
		{del, "/invitations/:invitation", "revokeInvitation", "Make an unused slip worthless", BySignIn, roles.InvitationRevoke, 0, does1(at("invitation", wire.ParseInvitation), (*App).RevokeInvitation)},
		{get, "/cohorts", "listCohorts", "All cohorts, or one's own", BySignIn, roles.CohortRead, Reads, gives0((*App).Cohorts)},
		{post, "/cohorts", "createCohort", "Start a cohort", BySignIn, roles.CohortCreate, Makes | Once, gives1(sent(wire.CohortRequest.Parse), (*App).CreateCohort)},
		{put, "/cohorts/:cohort", "updateCohort", "Change a cohort's name, dates and size", BySignIn, roles.CohortUpdate, 0, does2(cohort, sent(wire.CohortRequest.Parse), (*App).UpdateCohort)},
		{post, "/cohorts/:cohort/archive", "archiveCohort", "Close a cohort", BySignIn, roles.CohortArchive, Natural, does1(cohort, (*App).ArchiveCohort)},
		{put, "/cohorts/:cohort/members/:member", "addToCohort", "Put a person into a cohort", BySignIn, roles.CohortUpdate, 0, does3(cohort, member, sent(wire.CohortRoleRequest.Parse), (*App).AddToCohort)},
		{del, "/cohorts/:cohort/members/:member", "removeFromCohort", "Take a person out of a cohort", BySignIn, roles.CohortUpdate, 0, does2(cohort, member, (*App).RemoveFromCohort)},
	}
}

func agendaOperations() []Operation {
	own := at("agenda", wire.ParseAgenda)
	archived := func(r wire.AgendaArchiveRequest) (bool, error) { return r.Archived, nil }
	return []Operation{
		{get, "/agendas", "listAgendas", "What a workshop can be planned from, and the facility's own agendas", BySignIn, roles.AgendaRead, Reads, gives0((*App).Agendas)},
		{post, "/agendas", "createAgenda", "Begin an own agenda", BySignIn, roles.AgendaCreate, Makes | Once, gives1(sent(wire.AgendaRequest.Parse), (*App).CreateAgenda)},
		{get, "/agendas/:agenda", "readAgenda", "A built-in agenda in a language, or an own one's newest version", BySignIn, roles.AgendaRead, Reads, gives2(at("agenda", wire.ParseAgendaRef), asked("language"), (*App).Agenda)},
		{get, "/agendas/:agenda/versions/:ver", "readAgendaVersion", "One version of an own agenda", BySignIn, roles.AgendaRead, Reads, gives2(own, at("ver", wire.ParseAgendaVersion), (*App).AgendaVersion)},
		{put, "/agendas/:agenda/draft", "saveAgenda", "Save the draft", BySignIn, roles.AgendaUpdate, 0, gives2(own, sent(wire.AgendaDraftRequest.Parse), (*App).SaveAgenda)},
		{post, "/agendas/:agenda/publish", "publishAgenda", "Publish the draft that was seen", BySignIn, roles.AgendaPublish, Natural, does2(own, sent(wire.AgendaPublishRequest.Parse), (*App).PublishAgenda)},
		{put, "/agendas/:agenda/archived", "archiveAgenda", "Put an agenda away, or take it back out", BySignIn, roles.AgendaArchive, 0, does2(own, sent(archived), (*App).ArchiveAgenda)},
	}
}

func workshopOperations() []Operation {
	workshop, member := at("workshop", wire.ParseWorkshop), at("member", wire.ParseMember)
	return []Operation{
		{get, "/workshops", "listWorkshops", "Workshops that start in a span of time", BySignIn, roles.WorkshopRead, Reads, gives1(times("since", "until"), (*App).Workshops)},
		{post, "/workshops", "scheduleWorkshop", "Plan a workshop", BySignIn, roles.WorkshopSchedule, Makes | Once, gives1(sent(wire.ScheduleRequest.Parse), (*App).Schedule)},
		{get, "/workshops/:workshop", "readWorkshop", "One workshop", BySignIn, roles.WorkshopRead, Reads | Private, gives1(workshop, (*App).Workshop)},
		{post, "/workshops/:workshop/cancel", "cancelWorkshop", "Call off a workshop that was not opened", BySignIn, roles.WorkshopCancel, Private | Natural, does1(workshop, (*App).CancelWorkshop)},
		{post, "/workshops/:workshop/stage-code", "makeStageCode", "A code that turns a screen into the stage", BySignIn, roles.StageCreate, Private | Once, gives1(workshop, (*App).StageCode)},
		{post, "/workshops/:workshop/passes", "makePass", "A code that lets one person into this room", BySignIn, roles.RoomPass, Private | Makes | Once, gives2(workshop, sent(wire.PassRequest.Parse), (*App).RoomPass)},
		{post, "/workshops/:workshop/people", "listRoomPeople", "A page of the people of a room, or of those with a name", BySignIn, roles.RoomFacilitate, Private | Reads | Natural, gives2(workshop, sent(wire.RoomPeopleRequest.Parse), (*App).RoomPeople)},
		{get, "/workshops/:workshop/attendance", "readAttendance", "Who came, and what was recorded", BySignIn, roles.AttendanceRead, Private, gives1(workshop, (*App).Attendance)},
		{post, "/workshops/:workshop/attendance/confirm", "confirmAttendance", "Record the room's own time of people", BySignIn, roles.AttendanceRecord, Private | Natural, does2(workshop, sent(wire.ConfirmRequest.Parse), (*App).ConfirmAttendance)},
		{post, "/workshops/:workshop/attendance/:member/correct", "correctAttendance", "Record another time, with a reason", BySignIn, roles.AttendanceCorrect, Private | Makes | Once, gives3(workshop, member, sent(wire.CorrectRequest.Parse), (*App).CorrectAttendance)},
		{get, "/attendance", "readOwnAttendance", "One's own meetings", BySignIn, roles.AttendanceRead, Reads, gives0((*App).OwnAttendance)},
		{get, "/room-codes/:code", "readRoomCode", "The workshop that a code on the stage opens", BySignIn, roles.WorkshopRead, Reads | Private, gives1(at("code", wire.ParseRoomCode), (*App).RoomCode)},
	}
}

func roomOperations() []Operation {
	frame := body(func(_ wire.RoomCommand, r Request) (wire.Command, error) { return wire.ParseCommand(r.Body()) })
	return []Operation{
		{post, "/stage/connect", "connectStage", "Turn the asking screen into a stage", ByAnybody, "", Natural, handled(sent(wire.ConnectRequest.Parse), wire.Connected{}).limited(bus.StageCodePerAddress(), bus.StageCodeOverall())},
		{post, "/guest/pass", "enterByPass", "Come into a room by a pass", ByAnybody, "", Natural, handled(sent(wire.PassEntryRequest.Parse), wire.GuestIn{}).limited(bus.RoomPassPerAddress())},
		{post, "/guest/enter", "enterAsGuest", "Come into an open meeting as a guest", ByAnybody, "", 0, handled(sent(wire.GuestEntryRequest.Parse), wire.GuestIn{}).limited(bus.RoomCodePerAddress(), bus.RoomCodeOverall())},
		{post, "/puzzle", "readPuzzle", "A computation that lets one more code be tried while many fail", ByAnybody, "", Natural, gives1(from(), (*App).Puzzle).limited(bus.PuzzlesPerAddress())},
		{post, "/guest/leave", "leaveAsGuest", "Give the guest's seat back", ByAnybody, roles.RoomJoin, Private | Natural, handled(nil, nil)},
		{get, "/guest", "readGuest", "The guest, or the holder of a room pass", ByGuest, roles.RoomJoin, Reads | Private, gives0((*App).GuestMe)},
		{get, "/rooms/:workshop/poll", "pollRoom", "What changed in a room, held until something does", BySeat, "", 0, handled(nil, wire.RoomPoll{}, path("workshop"), query("seq"), query("mark"), query("device"), query("seat")).limited(bus.PollPerSeat())},
		{post, "/rooms/:workshop/commands", "commandRoom", "One command in a room, without a socket", BySeat, "", Natural, handled(frame, wire.RoomAck{}, path("workshop"), query("device"), query("seat")).limited(bus.CommandPerSeat())},
	}
}

func sheetOperations() []Operation {
	ws, workshop := at("ws", wire.ParseWorksheet), at("workshop", wire.ParseWorkshop)
	save := sentAt(func(r wire.SaveRequest, at func(string) string) (wire.Save, error) {
		return r.Parse(at("ws"), at("ver"))
	}, "ws", "ver")
	note := sentAt(func(r wire.NoteRequest, at func(string) string) (wire.NoteSave, error) { return r.ParseNote(at("ver")) }, "ver")
	return []Operation{
		{get, "/worksheets", "listWorksheets", "The newest version of one's own pages", BySignIn, roles.WorksheetCreate, Reads, gives0((*App).Worksheets)},
		{get, "/worksheets/:ws/versions", "listVersions", "The versions of one own page", BySignIn, roles.WorksheetRead, Reads | Private, gives1(ws, (*App).WorksheetVersions)},
		{put, "/worksheets/:ws/versions/:ver", "saveWorksheet", "Save a sealed version, or sealed words on another's page", BySignIn, roles.WorksheetUpdate, Private | Sealed | Makes | Natural, gives1(save, (*App).SaveWorksheet)},
		{del, "/worksheets/:ws", "deleteWorksheet", "Delete an own page with all its versions", BySignIn, roles.WorksheetDelete, Private, does1(ws, (*App).DeleteWorksheet)},
		{get, "/sealed/:id", "openSealed", "The sealed bytes of one version", BySignIn, roles.WorksheetRead, Private, handled(nil, []byte{}, path("id"))},
		{get, "/notes/:workshop", "readNote", "One's own note on a workshop", BySignIn, roles.NoteRead, Reads | Private, gives1(workshop, (*App).Note)},
		{put, "/notes/:workshop/versions/:ver", "saveNote", "Save one's own note on a workshop", BySignIn, roles.NoteUpdate, Private | Sealed, does2(workshop, note, (*App).SaveNote)},
	}
}

func pairOperations() []Operation {
	ws, reader := at("ws", wire.ParseWorksheet), acctAt("reader")
	assignment := at("assignment", wire.ParseAssignment)
	return []Operation{
		{get, "/grants", "listGrants", "Who may fetch which of one's pages", BySignIn, roles.WorksheetShare, Reads, gives0((*App).Grants)},
		{put, "/grants/:ws/:reader", "share", "Share an own page with a reader", BySignIn, roles.WorksheetShare, 0, does2(ws, reader, (*App).Share)},
		{del, "/grants/:ws/:reader", "unshare", "Stop sharing an own page with a reader", BySignIn, roles.WorksheetUnshare, 0, does2(ws, reader, (*App).Unshare)},
		{get, "/shared", "listShared", "Pages that others share with one", BySignIn, roles.WorksheetRead, Reads, gives0((*App).Shared)},
		{get, "/shared/:owner/:ws", "listSharedVersions", "The versions of one shared page", BySignIn, roles.WorksheetRead, Reads | Private, gives2(acctAt("owner"), ws, (*App).SharedVersions)},
		{get, "/assignments", "listAssignments", "Pairings of participants and mentors", BySignIn, roles.AssignmentRead, 0, gives0((*App).Assignments)},
		{post, "/assignments", "assign", "Pair a mentor with a participant", BySignIn, roles.AssignmentCreate, Private | Makes | Once, gives1(sent(wire.AssignRequest.Parse), (*App).Assign)},
		{post, "/assignments/:assignment/end", "endAssignment", "End a pairing", BySignIn, roles.AssignmentEnd, Private | Natural, does1(assignment, (*App).EndAssignment)},
		{post, "/assignments/:assignment/consent", "signConsent", "Sign the consent to one's own pairing", BySignIn, roles.ConsentSign, Private | Makes | Once, gives2(assignment, sent(wire.SignRequest.Parse), (*App).SignConsent)},
		{get, "/consents", "listConsents", "What one ever signed", BySignIn, roles.ConsentRead, Reads, gives0((*App).Consents)},
		{post, "/consents/:consent/revoke", "revokeConsent", "Take a consent back", BySignIn, roles.ConsentRevoke, Private | Natural, does1(at("consent", wire.ParseConsent), (*App).RevokeConsent)},
		{get, "/bundles/:acct", "readBundle", "The public keys of the other side of a pairing", BySignIn, roles.AssignmentRead, Reads | Private, gives1(acctAt("acct"), (*App).Bundle)},
	}
}

func careOperations() []Operation {
	return []Operation{
		{get, "/openings", "listOpenings", "Who opened which of one's pages", BySignIn, roles.AuditRead, Reads, gives0((*App).Openings)},
		{post, "/talk-requests", "requestTalk", "Ask for a talk with one's counselor", BySignIn, roles.TalkRequestCreate, Natural, does0((*App).RequestTalk)},
		{get, "/talk-requests", "listTalkRequests", "Who asked for a talk, in one's cohorts", BySignIn, roles.TalkRequestRead, Reads, gives0((*App).TalkRequests)},
		{post, "/talk-requests/:request/take", "takeTalkRequest", "Look after a talk request", BySignIn, roles.TalkRequestTake, Private | Natural, does1(at("request", wire.ParseTalkRequest), (*App).TakeTalkRequest)},
	}
}
