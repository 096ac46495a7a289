// Code generated from app.Operations. DO NOT EDIT.

import type {
  Agenda,
  AgendaArchiveRequest,
  AgendaDraftRequest,
  AgendaPublishRequest,
  AgendaRequest,
  AgendaSaved,
  Agendas,
  AssignRequest,
  Assignments,
  AttendanceSheet,
  Bundle,
  CohortRequest,
  CohortRoleRequest,
  Cohorts,
  ConfirmRequest,
  ConnectRequest,
  Connected,
  Consents,
  CorrectRequest,
  Created,
  Devices,
  Facility,
  FacilitySettingsRequest,
  Grants,
  GuestEntryRequest,
  GuestIn,
  GuestMe,
  Half,
  Invitations,
  InviteRequest,
  LoginAnswer,
  LoginRequest,
  Me,
  MemberRolesRequest,
  MemberStatusRequest,
  Members,
  NewSlips,
  Note,
  NoteRequest,
  Openings,
  OwnAttendance,
  Pass,
  PassEntryRequest,
  PassRequest,
  Prelogin,
  PreloginRequest,
  Puzzle,
  ReserveRequest,
  Reserved,
  RoomAck,
  RoomCode,
  RoomCommand,
  RoomPeople,
  RoomPeopleRequest,
  RoomPoll,
  SaveRequest,
  ScheduleRequest,
  SealedList,
  SignRequest,
  SignUpRequest,
  Slip,
  SlipRequest,
  StageCode,
  StepUpRequest,
  TalkRequests,
  VaultFile,
  Workshop,
  Workshops,
  Wraps,
} from './wire';

// Where each operation is asked. The build puts them where they are named, so that a page loads its own.
// A `!` says that it makes something: the request carries a key, by which a repeat is known.

/** What an invitation slip invites to */
export const readSlip = 'POST /auth/slip';
/** Keep a sign-in name for a slip */
export const reserveName = 'POST /auth/reserve';
/** Make an account from a slip */
export const signUp = 'POST /auth/signup';
/** How to derive the key of a name */
export const prelogin = 'POST /auth/prelogin';
/** Sign in */
export const logIn = 'POST /auth/login';
/** Sign out */
export const signOut = 'POST /auth/sign-out';
/** Sign out, and leave the room as a guest */
export const quickExit = 'POST /auth/quick-exit';
/** Prove once more that it is oneself */
export const stepUp = 'POST /auth/step-up';
/** The person who is signed in */
export const readMe = 'GET /me';
/** Where one is signed in */
export const listDevices = 'GET /devices';
/** Have seen where one is signed in */
export const noteDevices = 'POST /devices/noted';
/** Sign one device out */
export const endDevice = 'DELETE /devices/:device';
/** Sign all other devices out */
export const endOtherDevices = 'POST /devices/end-others';
/** The sealed copies of one's root key */
export const readWraps = 'GET /keys/wraps';
/** One's sealed vault */
export const readVault = 'GET /vault';
/** Replace one's sealed vault */
export const saveVault = 'PUT /vault';
/** Keep the server's half of a resume key */
export const keepHalf = 'PUT /signin/half';
/** Take that half back */
export const takeHalf = 'POST /signin/half/take';
/** Forget that half */
export const dropHalf = 'DELETE /signin/half';
/** The facility: names, zone, crisis lines */
export const readFacility = 'GET /facility';
/** Set the facility's wording and duty note */
export const setFacility = 'PUT /facility';
/** The people of the facility, or of one's cohorts */
export const listMembers = 'GET /members';
/** Suspend a person, or let them back in */
export const setMemberStatus = 'PUT /members/:member/status';
/** Give a person exactly these roles */
export const setMemberRoles = 'PUT /members/:member/roles';
/** Slips, without their codes */
export const listInvitations = 'GET /invitations';
/** Make slips to print */
export const makeSlips = 'POST! /invitations';
/** Make an unused slip worthless */
export const revokeInvitation = 'DELETE /invitations/:invitation';
/** All cohorts, or one's own */
export const listCohorts = 'GET /cohorts';
/** Start a cohort */
export const createCohort = 'POST! /cohorts';
/** Change a cohort's name, dates and size */
export const updateCohort = 'PUT /cohorts/:cohort';
/** Close a cohort */
export const archiveCohort = 'POST /cohorts/:cohort/archive';
/** Put a person into a cohort */
export const addToCohort = 'PUT /cohorts/:cohort/members/:member';
/** Take a person out of a cohort */
export const removeFromCohort = 'DELETE /cohorts/:cohort/members/:member';
/** What a workshop can be planned from, and the facility's own agendas */
export const listAgendas = 'GET /agendas';
/** Begin an own agenda */
export const createAgenda = 'POST! /agendas';
/** A built-in agenda in a language, or an own one's newest version */
export const readAgenda = 'GET /agendas/:agenda';
/** One version of an own agenda */
export const readAgendaVersion = 'GET /agendas/:agenda/versions/:ver';
/** Save the draft */
export const saveAgenda = 'PUT /agendas/:agenda/draft';
/** Publish the draft that was seen */
export const publishAgenda = 'POST /agendas/:agenda/publish';
/** Put an agenda away, or take it back out */
export const archiveAgenda = 'PUT /agendas/:agenda/archived';
/** Workshops that start in a span of time */
export const listWorkshops = 'GET /workshops';
/** Plan a workshop */
export const scheduleWorkshop = 'POST! /workshops';
/** One workshop */
export const readWorkshop = 'GET /workshops/:workshop';
/** Call off a workshop that was not opened */
export const cancelWorkshop = 'POST /workshops/:workshop/cancel';
/** A code that turns a screen into the stage */
export const makeStageCode = 'POST! /workshops/:workshop/stage-code';
/** A code that lets one person into this room */
export const makePass = 'POST! /workshops/:workshop/passes';
/** A page of the people of a room, or of those with a name */
export const listRoomPeople = 'POST /workshops/:workshop/people';
/** Who came, and what was recorded */
export const readAttendance = 'GET /workshops/:workshop/attendance';
/** Record the room's own time of people */
export const confirmAttendance = 'POST /workshops/:workshop/attendance/confirm';
/** Record another time, with a reason */
export const correctAttendance = 'POST! /workshops/:workshop/attendance/:member/correct';
/** One's own meetings */
export const readOwnAttendance = 'GET /attendance';
/** The workshop that a code on the stage opens */
export const readRoomCode = 'GET /room-codes/:code';
/** Turn the asking screen into a stage */
export const connectStage = 'POST /stage/connect';
/** Come into a room by a pass */
export const enterByPass = 'POST /guest/pass';
/** Come into an open meeting as a guest */
export const enterAsGuest = 'POST /guest/enter';
/** A computation that lets one more code be tried while many fail */
export const readPuzzle = 'POST /puzzle';
/** Give the guest's seat back */
export const leaveAsGuest = 'POST /guest/leave';
/** The guest, or the holder of a room pass */
export const readGuest = 'GET /guest';
/** What changed in a room, held until something does */
export const pollRoom = 'GET /rooms/:workshop/poll';
/** One command in a room, without a socket */
export const commandRoom = 'POST /rooms/:workshop/commands';
/** The newest version of one's own pages */
export const listWorksheets = 'GET /worksheets';
/** The versions of one own page */
export const listVersions = 'GET /worksheets/:ws/versions';
/** Save a sealed version, or sealed words on another's page */
export const saveWorksheet = 'PUT /worksheets/:ws/versions/:ver';
/** Delete an own page with all its versions */
export const deleteWorksheet = 'DELETE /worksheets/:ws';
/** The sealed bytes of one version */
export const openSealed = 'GET /sealed/:id';
/** One's own note on a workshop */
export const readNote = 'GET /notes/:workshop';
/** Save one's own note on a workshop */
export const saveNote = 'PUT /notes/:workshop/versions/:ver';
/** Who may fetch which of one's pages */
export const listGrants = 'GET /grants';
/** Share an own page with a reader */
export const share = 'PUT /grants/:ws/:reader';
/** Stop sharing an own page with a reader */
export const unshare = 'DELETE /grants/:ws/:reader';
/** Pages that others share with one */
export const listShared = 'GET /shared';
/** The versions of one shared page */
export const listSharedVersions = 'GET /shared/:owner/:ws';
/** Pairings of participants and mentors */
export const listAssignments = 'GET /assignments';
/** Pair a mentor with a participant */
export const assign = 'POST! /assignments';
/** End a pairing */
export const endAssignment = 'POST /assignments/:assignment/end';
/** Sign the consent to one's own pairing */
export const signConsent = 'POST! /assignments/:assignment/consent';
/** What one ever signed */
export const listConsents = 'GET /consents';
/** Take a consent back */
export const revokeConsent = 'POST /consents/:consent/revoke';
/** The public keys of the other side of a pairing */
export const readBundle = 'GET /bundles/:acct';
/** Who opened which of one's pages */
export const listOpenings = 'GET /openings';
/** Ask for a talk with one's counselor */
export const requestTalk = 'POST /talk-requests';
/** Who asked for a talk, in one's cohorts */
export const listTalkRequests = 'GET /talk-requests';
/** Look after a talk request */
export const takeTalkRequest = 'POST /talk-requests/:request/take';

/** What each takes and gives. */
export interface Operations {
  [readSlip]: { body: SlipRequest; answer: Slip };
  [reserveName]: { body: ReserveRequest; answer: Reserved };
  [signUp]: { body: SignUpRequest; answer: undefined };
  [prelogin]: { body: PreloginRequest; answer: Prelogin };
  [logIn]: { body: LoginRequest; answer: LoginAnswer };
  [signOut]: { answer: undefined };
  [quickExit]: { answer: undefined };
  [stepUp]: { body: StepUpRequest; answer: undefined };
  [readMe]: { answer: Me };
  [listDevices]: { answer: Devices };
  [noteDevices]: { answer: undefined };
  [endDevice]: { params: { device: string }; answer: undefined };
  [endOtherDevices]: { answer: undefined };
  [readWraps]: { answer: Wraps };
  [readVault]: { answer: VaultFile };
  [saveVault]: { headers: { 'If-Match': string }; body: VaultFile; answer: undefined };
  [keepHalf]: { body: Half; answer: undefined };
  [takeHalf]: { answer: Half };
  [dropHalf]: { answer: undefined };
  [readFacility]: { answer: Facility };
  [setFacility]: { body: FacilitySettingsRequest; answer: undefined };
  [listMembers]: { answer: Members };
  [setMemberStatus]: { params: { member: string }; body: MemberStatusRequest; answer: undefined };
  [setMemberRoles]: { params: { member: string }; body: MemberRolesRequest; answer: undefined };
  [listInvitations]: { answer: Invitations };
  [makeSlips]: { body: InviteRequest; answer: NewSlips };
  [revokeInvitation]: { params: { invitation: string }; answer: undefined };
  [listCohorts]: { answer: Cohorts };
  [createCohort]: { body: CohortRequest; answer: Created };
  [updateCohort]: { params: { cohort: string }; body: CohortRequest; answer: undefined };
  [archiveCohort]: { params: { cohort: string }; answer: undefined };
  [addToCohort]: { params: { cohort: string; member: string }; body: CohortRoleRequest; answer: undefined };
  [removeFromCohort]: { params: { cohort: string; member: string }; answer: undefined };
  [listAgendas]: { answer: Agendas };
  [createAgenda]: { body: AgendaRequest; answer: Created };
  [readAgenda]: { params: { agenda: string }; query?: { language?: string }; answer: Agenda };
  [readAgendaVersion]: { params: { agenda: string; ver: string }; answer: Agenda };
  [saveAgenda]: { params: { agenda: string }; body: AgendaDraftRequest; answer: AgendaSaved };
  [publishAgenda]: { params: { agenda: string }; body: AgendaPublishRequest; answer: undefined };
  [archiveAgenda]: { params: { agenda: string }; body: AgendaArchiveRequest; answer: undefined };
  [listWorkshops]: { query?: { since?: number; until?: number }; answer: Workshops };
  [scheduleWorkshop]: { body: ScheduleRequest; answer: Created };
  [readWorkshop]: { params: { workshop: string }; answer: Workshop };
  [cancelWorkshop]: { params: { workshop: string }; answer: undefined };
  [makeStageCode]: { params: { workshop: string }; answer: StageCode };
  [makePass]: { params: { workshop: string }; body: PassRequest; answer: Pass };
  [listRoomPeople]: { params: { workshop: string }; body: RoomPeopleRequest; answer: RoomPeople };
  [readAttendance]: { params: { workshop: string }; answer: AttendanceSheet };
  [confirmAttendance]: { params: { workshop: string }; body: ConfirmRequest; answer: undefined };
  [correctAttendance]: { params: { workshop: string; member: string }; body: CorrectRequest; answer: Created };
  [readOwnAttendance]: { answer: OwnAttendance };
  [readRoomCode]: { params: { code: string }; answer: RoomCode };
  [connectStage]: { body: ConnectRequest; answer: Connected };
  [enterByPass]: { body: PassEntryRequest; answer: GuestIn };
  [enterAsGuest]: { body: GuestEntryRequest; answer: GuestIn };
  [readPuzzle]: { answer: Puzzle };
  [leaveAsGuest]: { answer: undefined };
  [readGuest]: { answer: GuestMe };
  [pollRoom]: { params: { workshop: string }; query?: { seq?: string; mark?: string; device?: string; seat?: string }; answer: RoomPoll };
  [commandRoom]: { params: { workshop: string }; query?: { device?: string; seat?: string }; body: RoomCommand; answer: RoomAck };
  [listWorksheets]: { answer: SealedList };
  [listVersions]: { params: { ws: string }; answer: SealedList };
  [saveWorksheet]: { params: { ws: string; ver: string }; body: SaveRequest; answer: Created };
  [deleteWorksheet]: { params: { ws: string }; answer: undefined };
  [openSealed]: { params: { id: string }; answer: Uint8Array<ArrayBuffer> };
  [readNote]: { params: { workshop: string }; answer: Note };
  [saveNote]: { params: { workshop: string; ver: string }; body: NoteRequest; answer: undefined };
  [listGrants]: { answer: Grants };
  [share]: { params: { ws: string; reader: string }; answer: undefined };
  [unshare]: { params: { ws: string; reader: string }; answer: undefined };
  [listShared]: { answer: SealedList };
  [listSharedVersions]: { params: { owner: string; ws: string }; answer: SealedList };
  [listAssignments]: { answer: Assignments };
  [assign]: { body: AssignRequest; answer: Created };
  [endAssignment]: { params: { assignment: string }; answer: undefined };
  [signConsent]: { params: { assignment: string }; body: SignRequest; answer: Created };
  [listConsents]: { answer: Consents };
  [revokeConsent]: { params: { consent: string }; answer: undefined };
  [readBundle]: { params: { acct: string }; answer: Bundle };
  [listOpenings]: { answer: Openings };
  [requestTalk]: { answer: undefined };
  [listTalkRequests]: { answer: TalkRequests };
  [takeTalkRequest]: { params: { request: string }; answer: undefined };
}

/** Those that answer with bytes. */
export const inBytes: readonly string[] = [openSealed];
