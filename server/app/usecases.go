package app

import "amends/roles"

// UseCase names one thing that a person can do here.
type UseCase string

// rule is what a use case asks of the person.
type rule struct {
	needs roles.Permission
	// private hides the thing's existence: a refusal reads as not found.
	private bool
	// reads says that nothing is changed; Postgres refuses any write.
	reads bool
}

// useCases is the whole list. A test joins it with the policy and compares it with
// testdata/who-may.golden, so that who-may-do-what changes show in review.
func useCases() map[UseCase]rule {
	return map[UseCase]rule{
		"account.me":         {needs: roles.SigninOwn, reads: true},
		"account.sign_out":   {needs: roles.SigninOwn},
		"account.half":       {needs: roles.KeysOwn, reads: true},
		"keys.wraps":         {needs: roles.KeysOwn, reads: true},
		"vault.read":         {needs: roles.KeysOwn, reads: true},
		"vault.save":         {needs: roles.KeysOwn},
		"facility.read":      {needs: roles.FacilityRead, reads: true},
		"member.list":        {needs: roles.MemberRead, reads: true},
		"member.status":      {needs: roles.MemberSuspend},
		"member.roles":       {needs: roles.MemberUpdateRole},
		"invitation.list":    {needs: roles.InvitationRead, reads: true},
		"invitation.create":  {needs: roles.InvitationCreate},
		"invitation.revoke":  {needs: roles.InvitationRevoke},
		"cohort.list":        {needs: roles.CohortRead, reads: true},
		"cohort.create":      {needs: roles.CohortCreate},
		"cohort.update":      {needs: roles.CohortUpdate},
		"cohort.archive":     {needs: roles.CohortArchive},
		"cohort.add":         {needs: roles.CohortUpdate},
		"cohort.remove":      {needs: roles.CohortUpdate},
		"agenda.list":        {needs: roles.AgendaRead, reads: true},
		"agenda.read":        {needs: roles.AgendaRead, reads: true},
		"agenda.create":      {needs: roles.AgendaCreate},
		"agenda.save":        {needs: roles.AgendaUpdate},
		"agenda.publish":     {needs: roles.AgendaPublish},
		"agenda.archive":     {needs: roles.AgendaArchive},
		"workshop.list":      {needs: roles.WorkshopRead, reads: true},
		"workshop.read":      {needs: roles.WorkshopRead, reads: true, private: true},
		"workshop.schedule":  {needs: roles.WorkshopSchedule},
		"workshop.cancel":    {needs: roles.WorkshopCancel, private: true},
		"workshop.room_code": {needs: roles.WorkshopRead, reads: true, private: true},
		"stage.pairing":      {needs: roles.StageCreate, private: true},
		"room.facilitate":    {needs: roles.RoomFacilitate, private: true},
		"room.join":          {needs: roles.RoomJoin, private: true},
		"room.pass":          {needs: roles.RoomPass, private: true},
		"guest.read":         {needs: roles.RoomJoin, reads: true, private: true},
		"guest.leave":        {needs: roles.RoomJoin, private: true},
		"worksheet.list":     {needs: roles.WorksheetCreate, reads: true},
		"worksheet.save":     {needs: roles.WorksheetUpdate, private: true},
		"worksheet.versions": {needs: roles.WorksheetRead, reads: true, private: true},
		"worksheet.open":     {needs: roles.WorksheetRead, private: true},
		"worksheet.delete":   {needs: roles.WorksheetDelete, private: true},
		"worksheet.share":    {needs: roles.WorksheetShare},
		"worksheet.unshare":  {needs: roles.WorksheetUnshare},
		"grant.list":         {needs: roles.WorksheetShare, reads: true},
		"shared.list":        {needs: roles.WorksheetRead, reads: true},
		"shared.versions":    {needs: roles.WorksheetRead, reads: true, private: true},
		"feedback.save":      {needs: roles.FeedbackCreate, private: true},
		"note.read":          {needs: roles.NoteRead, reads: true, private: true},
		"note.save":          {needs: roles.NoteUpdate, private: true},
		"assignment.create":  {needs: roles.AssignmentCreate, private: true},
		"assignment.list":    {needs: roles.AssignmentRead, reads: true},
		"assignment.end":     {needs: roles.AssignmentEnd, private: true},
		"assignment.bundle":  {needs: roles.AssignmentRead, reads: true, private: true},
		"consent.sign":       {needs: roles.ConsentSign, private: true},
		"consent.list":       {needs: roles.ConsentRead, reads: true},
		"consent.revoke":     {needs: roles.ConsentRevoke, private: true},
		"attendance.list":    {needs: roles.AttendanceRead, reads: true, private: true},
		"attendance.confirm": {needs: roles.AttendanceRecord, private: true},
		"attendance.correct": {needs: roles.AttendanceCorrect, private: true},
		"attendance.own":     {needs: roles.AttendanceRead, reads: true},
		"audit.openings":     {needs: roles.AuditRead, reads: true},
		"call.create":        {needs: roles.CallCreate},
		"call.list":          {needs: roles.CallRead, reads: true},
		"call.take":          {needs: roles.CallTake, private: true},
		"facility.update":    {needs: roles.FacilityUpdate},
	}
}
